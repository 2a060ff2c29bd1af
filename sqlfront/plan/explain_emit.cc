#include "sqlfront/plan/explain_emit.h"

#include <fmt/format.h>

namespace vecino::sql::plan {

namespace {

void json_string(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<int>(c));
        else out += c;
    }
  }
  out += '"';
}

void xml_text(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '\r': out += "&#x0d;"; break;
      default: out += c;
    }
  }
}

std::string xml_name(std::string_view label) {
  std::string name;
  for (char c : label) name += (c == ' ' || c == '/') ? '-' : c;
  return name;
}

}  // namespace

void ExplainEmitter::xml_tag(std::string_view name, int slash) {
  out_ += slash == 1 ? "</" : "<";
  out_ += xml_name(name);
  out_ += slash == 2 ? " />" : ">";
}

void ExplainEmitter::separator() {
  if (format_ == ExplainFormat::kJson) {
    out_ += counts_.back()++ > 0 ? ",\n" : "\n";
    spaces();
  } else if (format_ == ExplainFormat::kYaml) {
    // The first member of a list entry stands on the dash's line.
    if (counts_.back()++ > 0) {
      out_ += '\n';
      spaces();
    }
  }
}

void ExplainEmitter::begin() {
  switch (format_) {
    case ExplainFormat::kText: break;
    case ExplainFormat::kXml:
      out_ += "<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n";
      depth_ = 1;
      break;
    case ExplainFormat::kJson:
      out_ += '[';
      counts_.push_back(0);
      depth_ = 1;
      break;
    case ExplainFormat::kYaml: counts_.push_back(0); break;
  }
}

void ExplainEmitter::end() {
  if (format_ == ExplainFormat::kXml) out_ += "</explain>";
  if (format_ == ExplainFormat::kJson) out_ += "\n]";
}

void ExplainEmitter::open_group(std::string_view type, std::string_view label, bool labelled) {
  switch (format_) {
    case ExplainFormat::kText: break;
    case ExplainFormat::kXml:
      spaces();
      xml_tag(type, 0);
      out_ += '\n';
      ++depth_;
      break;
    case ExplainFormat::kJson:
      separator();
      if (!label.empty()) {
        json_string(out_, label);
        out_ += ": ";
      }
      out_ += labelled ? '{' : '[';
      counts_.push_back(0);
      ++depth_;
      break;
    case ExplainFormat::kYaml:
      separator();
      if (!label.empty()) {
        out_ += label;
        out_ += ": ";
        counts_.push_back(1);
      } else {
        out_ += "- ";
        counts_.push_back(0);
      }
      ++depth_;
      break;
  }
}

void ExplainEmitter::close_group(std::string_view type, std::string_view, bool labelled) {
  switch (format_) {
    case ExplainFormat::kText: break;
    case ExplainFormat::kXml:
      --depth_;
      spaces();
      xml_tag(type, 1);
      out_ += '\n';
      break;
    case ExplainFormat::kJson:
      --depth_;
      out_ += '\n';
      spaces();
      out_ += labelled ? '}' : ']';
      counts_.pop_back();
      break;
    case ExplainFormat::kYaml:
      --depth_;
      counts_.pop_back();
      break;
  }
}

void ExplainEmitter::property(std::string_view label, std::string_view value, Value kind, std::string_view unit) {
  switch (format_) {
    case ExplainFormat::kText:
      indent_text();
      out_ += label;
      out_ += ": ";
      out_ += value;
      if (!unit.empty()) {
        out_ += ' ';
        out_ += unit;
      }
      out_ += '\n';
      break;
    case ExplainFormat::kXml:
      spaces();
      xml_tag(label, 0);
      xml_text(out_, value);
      xml_tag(label, 1);
      out_ += '\n';
      break;
    case ExplainFormat::kJson:
      separator();
      json_string(out_, label);
      out_ += ": ";
      if (kind == Value::kString) json_string(out_, value); else out_ += value;
      break;
    case ExplainFormat::kYaml:
      separator();
      out_ += label;
      out_ += ": ";
      if (kind == Value::kString) json_string(out_, value); else out_ += value;
      break;
  }
}

void ExplainEmitter::text(std::string_view label, std::string_view value) { property(label, value, Value::kString, {}); }
void ExplainEmitter::integer(std::string_view label, int64_t value, std::string_view unit) {
  property(label, std::to_string(value), Value::kBare, unit);
}
void ExplainEmitter::number(std::string_view label, double value, int digits, std::string_view unit) {
  property(label, fmt::format("{:.{}f}", value, digits), Value::kBare, unit);
}
void ExplainEmitter::boolean(std::string_view label, bool value) { property(label, value ? "true" : "false", Value::kBare, {}); }

void ExplainEmitter::list(std::string_view label, const std::vector<std::string>& values) {
  switch (format_) {
    case ExplainFormat::kText: {
      std::string joined;
      for (const auto& value : values) joined += (joined.empty() ? "" : ", ") + value;
      property(label, joined, Value::kBare, {});
      break;
    }
    case ExplainFormat::kXml:
      spaces();
      xml_tag(label, 0);
      out_ += '\n';
      for (const auto& value : values) {
        spaces();
        out_ += "  <Item>";
        xml_text(out_, value);
        out_ += "</Item>\n";
      }
      spaces();
      xml_tag(label, 1);
      out_ += '\n';
      break;
    case ExplainFormat::kJson:
      separator();
      json_string(out_, label);
      out_ += ": [";
      for (size_t i = 0; i < values.size(); ++i) {
        if (i) out_ += ", ";
        json_string(out_, values[i]);
      }
      out_ += ']';
      break;
    case ExplainFormat::kYaml:
      separator();
      out_ += label;
      out_ += ": ";
      for (const auto& value : values) {
        out_ += '\n';
        spaces();
        out_ += "  - ";
        json_string(out_, value);
      }
      break;
  }
}

}  // namespace vecino::sql::plan

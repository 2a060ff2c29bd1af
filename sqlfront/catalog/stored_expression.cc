#include "sqlfront/catalog/stored_expression.h"

#include <charconv>
#include <functional>
#include <optional>

#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/catalog/identifiers.h"

namespace vecino::sql {
namespace {

constexpr std::string_view kCast = "::regclass";

// Calls `replace` with the contents of every '...'::regclass literal; what it returns takes their place.
std::string map_regclass_literals(std::string_view text,
                                  const std::function<std::optional<std::string>(const std::string&)>& replace) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '"') {
      size_t end = text.find('"', i + 1);
      end = end == std::string_view::npos ? text.size() : end + 1;
      out += text.substr(i, end - i);
      i = end;
      continue;
    }
    if (text[i] != '\'') {
      out += text[i++];
      continue;
    }
    std::string content;
    size_t end = i + 1;
    for (; end < text.size(); ++end) {
      if (text[end] == '\'') {
        if (end + 1 >= text.size() || text[end + 1] != '\'') break;
        ++end;
      }
      content += text[end];
    }
    size_t after = end + 1;
    std::optional<std::string> replacement;
    if (text.substr(std::min(after, text.size())).starts_with(kCast)) replacement = replace(content);
    if (replacement) {
      out += quote_string_literal(*replacement);
    } else {
      out += text.substr(i, after - i);
    }
    i = after;
  }
  return out;
}

std::optional<Oid> parse_oid(std::string_view text) {
  Oid oid = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), oid);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return oid;
}

std::vector<std::string> split_qualified(const std::string& name) {
  std::string path = name;  // the same quoting rules, with dots between
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '"') {
      if (quoted && i + 1 < path.size() && path[i + 1] == '"') {
        parts.back() += '"';
        ++i;
      } else {
        quoted = !quoted;
      }
    } else if (path[i] == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += path[i];
    }
  }
  return parts;
}

}  // namespace

std::string names_to_oids(std::string_view expression, const Catalog& catalog, std::span<const Oid> path) {
  return map_regclass_literals(expression, [&](const std::string& name) -> std::optional<std::string> {
    if (parse_oid(name)) return std::nullopt;
    auto parts = split_qualified(name);
    if (parts.size() > 2) return std::nullopt;
    RelationPtr relation = parts.size() == 2 ? lookup_relation(catalog, path, parts[0], parts[1])
                                             : lookup_relation(catalog, path, {}, parts[0]);
    if (!relation) return std::nullopt;
    return std::to_string(relation->oid);
  });
}

std::string oids_to_names(std::string_view expression, const Catalog& catalog, std::span<const Oid> path) {
  if (expression.find(kCast) == std::string_view::npos) return std::string(expression);
  return map_regclass_literals(expression, [&](const std::string& text) -> std::optional<std::string> {
    auto oid = parse_oid(text);
    RelationPtr relation = oid ? catalog.find_relation(*oid) : nullptr;
    if (!relation) return std::nullopt;
    return relation_reference(catalog, path, *relation);
  });
}

std::vector<Oid> referenced_relations(std::string_view expression) {
  std::vector<Oid> oids;
  if (expression.find(kCast) == std::string_view::npos) return oids;
  map_regclass_literals(expression, [&](const std::string& text) -> std::optional<std::string> {
    if (auto oid = parse_oid(text)) oids.push_back(*oid);
    return std::nullopt;
  });
  return oids;
}

}  // namespace vecino::sql

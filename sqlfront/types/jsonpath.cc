#include "sqlfront/types/jsonpath.h"

#include "sqlfront/interrupts.h"
#include "sqlfront/types/json_parse.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

int priority(PathKind kind) {
  switch (kind) {
    case PathKind::kOr: return 0;
    case PathKind::kAnd: return 1;
    case PathKind::kEqual: case PathKind::kNotEqual: case PathKind::kLess: case PathKind::kLessEqual:
    case PathKind::kGreater: case PathKind::kGreaterEqual: case PathKind::kStartsWith: return 2;
    case PathKind::kAdd: case PathKind::kSubtract: return 3;
    case PathKind::kMultiply: case PathKind::kDivide: case PathKind::kModulo: return 4;
    case PathKind::kPlus: case PathKind::kMinus: return 5;
    default: return 6;
  }
}

// jsonpath_out: keys always quoted, parentheses only where they are needed.
class Printer {
 public:
  explicit Printer(std::string& out) : out_(out) {}

  void print(const PathNode& node, bool parentheses) {
    check_stack_depth();
    print_one(node, parentheses);
    for (const PathNode* next = node.next.get(); next != nullptr; next = next->next.get()) print_one(*next, true);
  }

 private:
  void operand(const PathNode& child, const PathNode& parent) {
    print(child, priority(child.kind) <= priority(parent.kind));
  }

  void binary(const PathNode& node, bool parentheses) {
    if (parentheses) out_.push_back('(');
    operand(*node.left, node);
    out_ += std::string(" ") + path_operator_name(node.kind) + " ";
    operand(*node.right, node);
    if (parentheses) out_.push_back(')');
  }

  void print_one(const PathNode& node, bool parentheses) {
    switch (node.kind) {
      case PathKind::kNull: out_ += "null"; break;
      case PathKind::kTrue: out_ += "true"; break;
      case PathKind::kFalse: out_ += "false"; break;
      case PathKind::kNumber: out_ += node.text; break;
      case PathKind::kString: append_json_string(out_, node.text); break;
      case PathKind::kVariable:
        out_.push_back('$');
        append_json_string(out_, node.text);
        break;
      case PathKind::kRoot: out_.push_back('$'); break;
      case PathKind::kCurrent: out_.push_back('@'); break;
      case PathKind::kLast: out_ += "last"; break;
      case PathKind::kKey:
        out_.push_back('.');
        append_json_string(out_, node.text);
        break;
      case PathKind::kAnyKey: out_ += ".*"; break;
      case PathKind::kAnyArray: out_ += "[*]"; break;
      case PathKind::kSubscripts: subscripts(node); break;
      case PathKind::kRecursive: recursive(node); break;
      case PathKind::kFilter:
        out_ += "?(";
        print(*node.left, false);
        out_.push_back(')');
        break;
      case PathKind::kMethod: out_ += "." + node.text + "()"; break;
      case PathKind::kNot:
        out_ += "!(";
        print(*node.left, false);
        out_.push_back(')');
        break;
      case PathKind::kIsUnknown:
        out_.push_back('(');
        print(*node.left, false);
        out_ += ") is unknown";
        break;
      case PathKind::kExists:
        out_ += "exists (";
        print(*node.left, false);
        out_.push_back(')');
        break;
      case PathKind::kLikeRegex:
        if (parentheses) out_.push_back('(');
        operand(*node.left, node);
        out_ += " like_regex ";
        append_json_string(out_, node.text);
        if (!node.flags.empty()) out_ += " flag \"" + node.flags + "\"";
        if (parentheses) out_.push_back(')');
        break;
      case PathKind::kPlus:
      case PathKind::kMinus:
        if (parentheses) out_.push_back('(');
        out_.push_back(node.kind == PathKind::kPlus ? '+' : '-');
        operand(*node.left, node);
        if (parentheses) out_.push_back(')');
        break;
      default: binary(node, parentheses); break;
    }
  }

  void subscripts(const PathNode& node) {
    out_.push_back('[');
    for (size_t i = 0; i < node.subscripts.size(); ++i) {
      if (i > 0) out_.push_back(',');
      print(*node.subscripts[i].from, false);
      if (!node.subscripts[i].to) continue;
      out_ += " to ";
      print(*node.subscripts[i].to, false);
    }
    out_.push_back(']');
  }

  void recursive(const PathNode& node) {
    auto level = [](uint32_t value) { return value == kPathLastLevel ? std::string("last") : std::to_string(value); };
    out_ += ".**";
    if (node.first == 0 && node.last == kPathLastLevel) return;
    out_ += "{" + level(node.first);
    if (node.first != node.last) out_ += " to " + level(node.last);
    out_ += "}";
  }

  std::string& out_;
};

Datum jsonpath_input(CallContext& context, std::string_view text) {
  return context.text(print_jsonpath(parse_jsonpath(text)));
}
void jsonpath_output(CallContext&, const Datum& value, std::string& out) { out += value.bytes(); }

constexpr char kJsonPathVersion = 1;

Datum jsonpath_receive(CallContext& context, std::string_view bytes) {
  if (bytes.empty()) throw SqlError(sqlstate::kProtocolViolation, "no data left in message");
  if (bytes[0] != kJsonPathVersion) {
    throw SqlError(sqlstate::kInternalError,
                   "unsupported jsonpath version number: " + std::to_string(static_cast<uint8_t>(bytes[0])));
  }
  return jsonpath_input(context, bytes.substr(1));
}
void jsonpath_send(CallContext&, const Datum& value, std::string& out) {
  out.push_back(kJsonPathVersion);
  out += value.bytes();
}

}  // namespace

std::string print_jsonpath(const JsonPath& path) {
  std::string out = path.strict ? "strict " : "";
  Printer(out).print(*path.root, true);
  return out;
}

const char* path_operator_name(PathKind kind) {
  switch (kind) {
    case PathKind::kOr: return "||";
    case PathKind::kAnd: return "&&";
    case PathKind::kEqual: return "==";
    case PathKind::kNotEqual: return "!=";
    case PathKind::kLess: return "<";
    case PathKind::kLessEqual: return "<=";
    case PathKind::kGreater: return ">";
    case PathKind::kGreaterEqual: return ">=";
    case PathKind::kStartsWith: return "starts with";
    case PathKind::kAdd:
    case PathKind::kPlus: return "+";
    case PathKind::kSubtract:
    case PathKind::kMinus: return "-";
    case PathKind::kMultiply: return "*";
    case PathKind::kDivide: return "/";
    case PathKind::kModulo: return "%";
    default: return "";
  }
}

std::span<const TypeInfo> jsonpath_types() {
  static const TypeInfo types[] = {{
      .id = 4072,
      .name = "jsonpath",
      .array_id = 4073,
      .element_id = kInvalidOid,
      .kind = PhysicalKind::kBytes,
      .length = -1,
      .type_class = 'b',
      .category = 'U',
      .preferred = false,
      .by_value = false,
      .alignment = 'i',
      .storage = 'x',
      .input = jsonpath_input,
      .output = jsonpath_output,
      .receive = jsonpath_receive,
      .send = jsonpath_send,
      .input_name = "jsonpath_in",
      .output_name = "jsonpath_out",
      .receive_name = "jsonpath_recv",
      .send_name = "jsonpath_send",
  }};
  return types;
}

}  // namespace vecino::sql

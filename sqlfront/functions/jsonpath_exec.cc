#include "sqlfront/functions/jsonpath_exec.h"

#include <algorithm>
#include <cmath>
#include <list>

#include "sqlfront/functions/function.h"
#include "sqlfront/functions/regex_engine.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/numeric.h"
#include "sqlfront/types/scalar_text.h"

namespace vecino::sql {
namespace {

inline constexpr SqlState kMemberNotFound{"2203A"}, kArrayNotFound{"22039"}, kObjectNotFound{"2203C"},
    kInvalidSubscript{"22033"}, kNonNumericItem{"22036"}, kSingletonRequired{"22038"}, kNumberNotFound{"2203B"};

enum class Truth : uint8_t { kFalse, kTrue, kUnknown };

// PostgreSQL's functions over numeric, by OID.
constexpr Oid kNumericAbs = 1704, kNumericCeil = 1711, kNumericFloor = 1712, kNumericAdd = 1724, kNumericSub = 1725,
              kNumericMul = 1726, kNumericDiv = 1727, kNumericMod = 1729, kNumericMinus = 1771;

bool is_predicate(PathKind kind) { return kind >= PathKind::kOr && kind <= PathKind::kLikeRegex; }

class Executor {
 public:
  Executor(CallContext& context, const JsonPath& path, const JsonbView& root, const JsonbView& vars)
      : context_(context), path_(path), root_(root), vars_(vars), lax_(!path.strict), ignore_structure_(lax_) {}

  void run(JsonSequence& out) { evaluate(*path_.root, root_, out); }

 private:
  // --- values made here ---
  JsonbView own(const std::string& encoded) { return JsonbView(context_.arena->copy(encoded)); }
  JsonbView number(const Datum& numeric) { return own(jsonb_number(numeric)); }
  Datum call(Oid function, const Datum* args) {
    const FunctionDef* definition = find_function(function);
    if (definition == nullptr || definition->row == nullptr) {
      throw SqlError(sqlstate::kFeatureNotSupported, "arithmetic in jsonpath is not supported");
    }
    return definition->row(context_, args);
  }

  // --- sequences ---
  void follow(const PathNode& node, const JsonbView& item, JsonSequence& out) {
    check_stack_depth();
    if (node.next) {
      evaluate(*node.next, item, out);
    } else {
      out.push_back(item);
    }
  }

  // Evaluates `node` (an item, an accessor applied to `item`, or an expression) and what follows it.
  void evaluate(const PathNode& node, const JsonbView& item, JsonSequence& out) {
    check_stack_depth();
    if (is_predicate(node.kind)) {
      Truth truth = test(node, item);
      JsonbView value = truth == Truth::kUnknown ? own(jsonb_null()) : own(jsonb_bool(truth == Truth::kTrue));
      return follow(node, value, out);
    }
    switch (node.kind) {
      case PathKind::kNull: return follow(node, own(jsonb_null()), out);
      case PathKind::kTrue: return follow(node, own(jsonb_bool(true)), out);
      case PathKind::kFalse: return follow(node, own(jsonb_bool(false)), out);
      case PathKind::kString: return follow(node, own(jsonb_string(node.text)), out);
      case PathKind::kNumber: return follow(node, number(numeric_from_text(*context_.arena, node.text)), out);
      case PathKind::kVariable: return follow(node, variable(node.text), out);
      case PathKind::kRoot: return follow(node, root_, out);
      case PathKind::kCurrent: return follow(node, current_.back(), out);
      case PathKind::kLast: return follow(node, number(numeric_from_int(*context_.arena, last_.back())), out);
      case PathKind::kKey: return key(node, item, out, lax_);
      case PathKind::kAnyKey: return any_key(node, item, out, lax_);
      case PathKind::kAnyArray: return any_array(node, item, out);
      case PathKind::kSubscripts: return subscripts(node, item, out);
      case PathKind::kRecursive: return recursive(node, item, out);
      case PathKind::kFilter: return filter(node, item, out, lax_);
      case PathKind::kMethod: return method(node, item, out, lax_);
      case PathKind::kPlus:
      case PathKind::kMinus: return sign(node, item, out);
      default: return arithmetic(node, item, out);
    }
  }

  // The value of an operand; in lax mode arrays in it are unwrapped.
  JsonSequence operand(const PathNode& node, const JsonbView& item) {
    JsonSequence raw;
    evaluate(node, item, raw);
    if (!lax_) return raw;
    JsonSequence out;
    for (const JsonbView& value : raw) {
      if (!value.is_array()) {
        out.push_back(value);
        continue;
      }
      for (uint32_t i = 0; i < value.count(); ++i) out.push_back(value.element(i));
    }
    return out;
  }

  template <typename Visit>
  void unwrap(const JsonbView& array, Visit visit) {
    for (uint32_t i = 0; i < array.count(); ++i) visit(array.element(i));
  }

  JsonbView variable(const std::string& name) {
    if (vars_.is_object()) {
      if (auto value = vars_.get(name)) return *value;
    }
    throw SqlError(sqlstate::kUndefinedObject, "could not find jsonpath variable \"" + name + "\"");
  }

  // --- accessors ---
  void key(const PathNode& node, const JsonbView& item, JsonSequence& out, bool may_unwrap) {
    if (item.is_object()) {
      if (auto value = item.get(node.text)) return follow(node, *value, out);
      if (ignore_structure_) return;
      throw SqlError(kMemberNotFound, "JSON object does not contain key \"" + node.text + "\"");
    }
    if (may_unwrap && item.is_array()) {
      return unwrap(item, [&](const JsonbView& element) { key(node, element, out, false); });
    }
    if (!ignore_structure_) {
      throw SqlError(kMemberNotFound, "jsonpath member accessor can only be applied to an object");
    }
  }
  void any_key(const PathNode& node, const JsonbView& item, JsonSequence& out, bool may_unwrap) {
    if (item.is_object()) {
      for (uint32_t i = 0; i < item.count(); ++i) follow(node, item.value(i), out);
      return;
    }
    if (may_unwrap && item.is_array()) {
      return unwrap(item, [&](const JsonbView& element) { any_key(node, element, out, false); });
    }
    if (!ignore_structure_) {
      throw SqlError(kObjectNotFound, "jsonpath wildcard member accessor can only be applied to an object");
    }
  }
  void any_array(const PathNode& node, const JsonbView& item, JsonSequence& out) {
    if (item.is_array()) return unwrap(item, [&](const JsonbView& element) { follow(node, element, out); });
    if (lax_) return follow(node, item, out);
    if (!ignore_structure_) {
      throw SqlError(kArrayNotFound, "jsonpath wildcard array accessor can only be applied to an array");
    }
  }

  int64_t subscript(const PathNode& node, const JsonbView& item) {
    JsonSequence values;
    evaluate(node, item, values);
    if (values.size() != 1 || values[0].kind() != JsonbKind::kNumber) {
      throw SqlError(kInvalidSubscript, "jsonpath array subscript is not a single numeric value");
    }
    double value = std::trunc(numeric_to_float8(values[0].number()));
    if (!(value >= INT32_MIN && value <= INT32_MAX)) {
      throw SqlError(kInvalidSubscript, "jsonpath array subscript is out of integer range");
    }
    return static_cast<int64_t>(value);
  }
  void subscripts(const PathNode& node, const JsonbView& item, JsonSequence& out) {
    if (!item.is_array() && !lax_) {
      if (ignore_structure_) return;
      throw SqlError(kArrayNotFound, "jsonpath array accessor can only be applied to an array");
    }
    int64_t count = item.is_array() ? item.count() : 1;
    last_.push_back(count - 1);
    for (const PathNode::Subscript& range : node.subscripts) {
      int64_t from = subscript(*range.from, item);
      int64_t to = range.to ? subscript(*range.to, item) : from;
      if (!ignore_structure_ && (from < 0 || from > to || to >= count)) {
        last_.pop_back();
        throw SqlError(kInvalidSubscript, "jsonpath array subscript is out of bounds");
      }
      for (int64_t i = std::max<int64_t>(from, 0); i <= std::min(to, count - 1); ++i) {
        follow(node, item.is_array() ? item.element(static_cast<uint32_t>(i)) : item, out);
      }
    }
    last_.pop_back();
  }

  void recursive(const PathNode& node, const JsonbView& item, JsonSequence& out) {
    if (node.first == 0) follow_unstructured(node, item, out);
    descend(node, item, 1, out);
  }
  // Below .** structural errors never matter.
  void follow_unstructured(const PathNode& node, const JsonbView& item, JsonSequence& out) {
    bool saved = ignore_structure_;
    ignore_structure_ = true;
    follow(node, item, out);
    ignore_structure_ = saved;
  }
  void descend(const PathNode& node, const JsonbView& item, uint32_t level, JsonSequence& out) {
    check_stack_depth();
    if (item.is_scalar() || level > node.last) return;
    for (uint32_t i = 0; i < item.count(); ++i) {
      JsonbView child = item.is_object() ? item.value(i) : item.element(i);
      bool leaf_wanted = node.first == kPathLastLevel && node.last == kPathLastLevel && child.is_scalar();
      if (level >= node.first || leaf_wanted) follow_unstructured(node, child, out);
      descend(node, child, level + 1, out);
    }
  }

  void filter(const PathNode& node, const JsonbView& item, JsonSequence& out, bool may_unwrap) {
    if (may_unwrap && item.is_array()) {
      return unwrap(item, [&](const JsonbView& element) { filter(node, element, out, false); });
    }
    current_.push_back(item);
    Truth truth = test(*node.left, item);
    current_.pop_back();
    if (truth == Truth::kTrue) follow(node, item, out);
  }

  // --- methods ---
  void method(const PathNode& node, const JsonbView& item, JsonSequence& out, bool may_unwrap) {
    const std::string& name = node.text;
    if (name == "type") return follow(node, own(jsonb_string(jsonb_type_name(item))), out);
    if (name == "size") {
      if (!item.is_array() && !lax_) {
        if (ignore_structure_) return;
        throw SqlError(kArrayNotFound, "jsonpath item method .size() can only be applied to an array");
      }
      return follow(node, number(numeric_from_int(*context_.arena, item.is_array() ? item.count() : 1)), out);
    }
    if (may_unwrap && item.is_array()) {
      return unwrap(item, [&](const JsonbView& element) { method(node, element, out, false); });
    }
    if (name == "keyvalue") return keyvalue(node, item, out);
    if (name == "double") return follow(node, to_double(item), out);
    if (item.kind() != JsonbKind::kNumber) {
      throw SqlError(kNonNumericItem,
                     "jsonpath item method ." + name + "() can only be applied to a numeric value");
    }
    Datum argument = item.number();
    Oid function = name == "abs" ? kNumericAbs : name == "floor" ? kNumericFloor : kNumericCeil;
    follow(node, number(call(function, &argument)), out);
  }
  JsonbView to_double(const JsonbView& item) {
    if (item.kind() == JsonbKind::kNumber) {
      double value = numeric_to_float8(item.number());
      if (std::isinf(value) || std::isnan(value)) not_a_double();
      return item;
    }
    if (item.kind() != JsonbKind::kString) {
      throw SqlError(kNonNumericItem,
                     "jsonpath item method .double() can only be applied to a string or numeric value");
    }
    static constexpr const char* kNoNumber =
        "string argument of jsonpath item method .double() is not a valid representation of a double precision number";
    double value = 0;
    try {
      value = parse_float8(item.payload(), item.payload());
    } catch (const SqlError&) {
      throw SqlError(kNonNumericItem, kNoNumber);
    }
    if (std::isinf(value) || std::isnan(value)) throw SqlError(kNonNumericItem, kNoNumber);
    return number(numeric_from_float8(*context_.arena, value));
  }
  [[noreturn]] static void not_a_double() {
    throw SqlError(kNonNumericItem,
                   "numeric argument of jsonpath item method .double() is out of range for type double precision");
  }
  void keyvalue(const PathNode& node, const JsonbView& item, JsonSequence& out) {
    if (!item.is_object()) {
      throw SqlError(kObjectNotFound, "jsonpath item method .keyvalue() can only be applied to an object");
    }
    // Tells objects of one document apart: where the object begins.
    int64_t id = item.bytes().data() - root_.bytes().data();
    bool inside = id >= 0 && id < static_cast<int64_t>(root_.bytes().size());
    std::string encoded_id = jsonb_number(numeric_from_int(*context_.arena, inside ? id : 0));
    for (uint32_t i = 0; i < item.count(); ++i) {
      std::vector<JsonbMember> members;
      members.emplace_back("key", jsonb_string(item.key(i)));
      members.emplace_back("value", item.value(i).bytes());
      members.emplace_back("id", encoded_id);
      follow(node, own(jsonb_object(std::move(members))), out);
    }
  }

  // --- arithmetic ---
  void sign(const PathNode& node, const JsonbView& item, JsonSequence& out) {
    for (const JsonbView& value : operand(*node.left, item)) {
      if (value.kind() != JsonbKind::kNumber) {
        throw SqlError(kNumberNotFound, std::string("operand of unary jsonpath operator ") +
                                            path_operator_name(node.kind) + " is not a numeric value");
      }
      Datum argument = value.number();
      follow(node, node.kind == PathKind::kMinus ? number(call(kNumericMinus, &argument)) : value, out);
    }
  }
  Datum single_number(const PathNode& side, const JsonbView& item, const PathNode& parent, const char* which) {
    JsonSequence values = operand(side, item);
    if (values.size() != 1 || values[0].kind() != JsonbKind::kNumber) {
      throw SqlError(kSingletonRequired, std::string(which) + " operand of jsonpath operator " +
                                             path_operator_name(parent.kind) + " is not a single numeric value");
    }
    return values[0].number();
  }
  void arithmetic(const PathNode& node, const JsonbView& item, JsonSequence& out) {
    Datum args[2];
    args[0] = single_number(*node.left, item, node, "left");
    args[1] = single_number(*node.right, item, node, "right");
    Oid function = node.kind == PathKind::kAdd        ? kNumericAdd
                   : node.kind == PathKind::kSubtract ? kNumericSub
                   : node.kind == PathKind::kMultiply ? kNumericMul
                   : node.kind == PathKind::kDivide   ? kNumericDiv
                                                      : kNumericMod;
    follow(node, number(call(function, args)), out);
  }

  // --- predicates: errors inside make them unknown ---
  static bool is_json_error(const SqlError& error) {
    std::string_view code = error.info().code.view();
    return code.starts_with("2203") || code == "22012" || code == "22003";
  }

  Truth test(const PathNode& node, const JsonbView& item) {
    check_stack_depth();
    switch (node.kind) {
      case PathKind::kAnd: {
        Truth left = test(*node.left, item);
        if (left == Truth::kFalse) return left;
        Truth right = test(*node.right, item);
        return right == Truth::kTrue ? left : right;
      }
      case PathKind::kOr: {
        Truth left = test(*node.left, item);
        if (left == Truth::kTrue) return left;
        Truth right = test(*node.right, item);
        return right == Truth::kFalse ? left : right;
      }
      case PathKind::kNot: {
        Truth inner = test(*node.left, item);
        if (inner == Truth::kUnknown) return inner;
        return inner == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
      }
      case PathKind::kIsUnknown:
        return test(*node.left, item) == Truth::kUnknown ? Truth::kTrue : Truth::kFalse;
      default: break;
    }
    JsonSequence found;
    try {
      if (node.kind != PathKind::kExists) return test_pairs(node, item);
      evaluate(*node.left, item, found);
    } catch (const SqlError& error) {
      if (!is_json_error(error)) throw;
      if (!lax_ || found.empty()) return Truth::kUnknown;  // lax mode stops at the first item
    }
    return found.empty() ? Truth::kFalse : Truth::kTrue;
  }

  // A comparison holds when it does for some pair of items.
  Truth test_pairs(const PathNode& node, const JsonbView& item) {
    JsonSequence left = operand(*node.left, item), right;
    if (node.right) {
      right = operand(*node.right, item);
    } else {
      right.push_back(item);  // like_regex has only one side
    }
    bool found = false, unknown = false;
    for (const JsonbView& a : left) {
      for (const JsonbView& b : right) {
        Truth truth = test_pair(node, a, b);
        if (truth == Truth::kUnknown) {
          if (!lax_) return Truth::kUnknown;
          unknown = true;
        } else if (truth == Truth::kTrue) {
          if (lax_) return Truth::kTrue;
          found = true;
        }
      }
    }
    return found ? Truth::kTrue : unknown ? Truth::kUnknown : Truth::kFalse;
  }

  Truth test_pair(const PathNode& node, const JsonbView& a, const JsonbView& b) {
    auto truth = [](bool value) { return value ? Truth::kTrue : Truth::kFalse; };
    if (node.kind == PathKind::kStartsWith) {
      if (a.kind() != JsonbKind::kString || b.kind() != JsonbKind::kString) return Truth::kUnknown;
      return truth(a.payload().starts_with(b.payload()));
    }
    if (node.kind == PathKind::kLikeRegex) {
      if (a.kind() != JsonbKind::kString) return Truth::kUnknown;
      return truth(compiled_regex(node.text, regex_flags(node.flags))->search(a.payload()));
    }
    if (a.is_null() != b.is_null()) return truth(node.kind == PathKind::kNotEqual);
    bool same_type = a.kind() == b.kind() || (a.is_bool() && b.is_bool());
    if (!same_type || !a.is_scalar()) return Truth::kUnknown;
    int order = jsonb_compare(Datum::from_bytes(a.bytes()), Datum::from_bytes(b.bytes()));
    switch (node.kind) {
      case PathKind::kEqual: return truth(order == 0);
      case PathKind::kNotEqual: return truth(order != 0);
      case PathKind::kLess: return truth(order < 0);
      case PathKind::kLessEqual: return truth(order <= 0);
      case PathKind::kGreater: return truth(order > 0);
      default: return truth(order >= 0);
    }
  }

  // XQuery flags to ours: without s the dot does not match newlines, m is for the anchors.
  static RegexFlags regex_flags(std::string_view flags) {
    auto has = [flags](char c) { return flags.find(c) != std::string_view::npos; };
    if (has('x')) {
      throw SqlError(sqlstate::kFeatureNotSupported,
                     "XQuery \"x\" flag (expanded regular expressions) is not implemented");
    }
    return {.ignore_case = has('i'), .literal = has('q'), .newline_dot = !has('s') && !has('q'),
            .newline_anchors = has('m') && !has('q')};
  }

  CallContext& context_;
  const JsonPath& path_;
  JsonbView root_, vars_;
  bool lax_;
  bool ignore_structure_;
  std::vector<JsonbView> current_;  // @ of the enclosing filters
  std::vector<int64_t> last_;       // `last` of the enclosing subscripts
};

struct CacheEntry {
  std::string text;
  std::shared_ptr<const JsonPath> path;
};
thread_local std::list<CacheEntry> cache;  // most recent first
constexpr size_t kCacheSize = 32;

}  // namespace

std::shared_ptr<const JsonPath> compiled_jsonpath(std::string_view text) {
  for (auto it = cache.begin(); it != cache.end(); ++it) {
    if (it->text != text) continue;
    if (it != cache.begin()) cache.splice(cache.begin(), cache, it);
    return it->path;
  }
  auto path = std::make_shared<const JsonPath>(parse_jsonpath(text));
  cache.push_front({std::string(text), path});
  if (cache.size() > kCacheSize) cache.pop_back();
  return path;
}

void query_jsonpath(CallContext& context, const JsonPath& path, const JsonbView& target, const JsonbView& vars,
                    JsonSequence& out) {
  Executor(context, path, target, vars).run(out);
}

}  // namespace vecino::sql

#include <string>
#include <vector>

#include "sqlfront/functions/function.h"
#include "sqlfront/types/type.h"
#include "sqlfront/types/type_names.h"
#include "tests/unit/catch.h"
#include "tests/unit/sqlfront/types/fake_environment.h"

// Each line of cases.inc is an expression and what PostgreSQL 15 prints for it:
//   in TYPE|text => text                     input, then output
//   bin TYPE|text => hex                     the binary form; receiving it must give the value back
//   fn NAME(types)|arg|... => text           a function call; NULL stands for null
//   op NAME(types)|left|right => text        an operator; NONE for no operand
//   cast SOURCE TARGET|text => text          an explicit cast
//   agg NAME(type)|value;value => text       an aggregate over one column
//   set NAME|value                           a setting for the following lines
// Errors are expected as `ERROR sqlstate message`.
namespace vecino::sql {
namespace {

constexpr const char* kCases[] = {
#include "tests/unit/sqlfront/types/cases.inc"
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

class Runner {
 public:
  std::string run(const std::string& expression) {
    context_ = CallContext();
    context_.arena = &arena_;
    context_.env = &env_;
    try {
      return evaluate(expression);
    } catch (const SqlError& error) {
      return "ERROR " + std::string(error.info().code.view()) + " " + error.info().message;
    }
  }

 private:
  static TypeRef type_of(const std::string& name) {
    auto type = parse_type_name(name == "char" ? "\"char\"" : name);
    if (!type) throw SqlError(sqlstate::kUndefinedObject, "type " + name);
    return *type;
  }
  Datum input(const std::string& type, const std::string& text) {
    if (text == "NULL") return Datum::null();
    TypeRef ref = type_of(type);
    context_.result_type = ref.id;
    context_.typmod = ref.typmod;
    return type_info(ref.id).input(context_, text);
  }
  std::string output(Oid type, const Datum& value) {
    if (value.is_null) return "NULL";
    std::string out;
    type_info(type).output(context_, value, out);
    return out;
  }
  std::string evaluate(const std::string& expression) {
    size_t space = expression.find(' ');
    std::string kind = expression.substr(0, space);
    // Operators may contain the separator.
    bool call_form = kind == "fn" || kind == "op" || kind == "agg";
    size_t bar = expression.find('|', call_form ? expression.find(')') : 0);
    std::string head = expression.substr(space + 1, bar - space - 1);
    std::vector<std::string> args;
    if (bar != std::string::npos) args = split(expression.substr(bar + 1), '|');
    if (kind == "set") {
      env_.set(head, args.at(0));
      return "";
    }
    if (kind == "in") return output(type_of(head).id, input(head, args.at(0)));
    if (kind == "bin") return binary(head, args.at(0));
    if (kind == "cast") return cast(split(head, ' '), args.at(0));
    size_t open = head.find('(', 1);
    std::string name = head.substr(0, open);
    std::vector<std::string> types = split(head.substr(open + 1, head.size() - open - 2), ',');
    if (types.size() == 1 && types[0].empty()) types.clear();
    if (kind == "agg") return aggregate(name, types.at(0), split(args.at(0), ';'));
    const FunctionDef* function = kind == "op" ? operator_function(name, types) : find(name, types);
    return call(function, types, args);
  }
  std::string binary(const std::string& type_name, const std::string& text) {
    TypeRef ref = type_of(type_name);
    const TypeInfo& type = type_info(ref.id);
    Datum value = input(type_name, text);
    std::string bytes, hex;
    type.send(context_, value, bytes);
    for (unsigned char c : bytes) {
      hex.push_back("0123456789abcdef"[c >> 4]);
      hex.push_back("0123456789abcdef"[c & 15]);
    }
    Datum back = type.receive(context_, bytes);
    if (output(ref.id, back) != output(ref.id, value)) return hex + " does not read back: " + output(ref.id, back);
    return hex;
  }
  std::string cast(const std::vector<std::string>& types, const std::string& text) {
    TypeRef source = type_of(types.at(0)), target = type_of(types.at(1));
    Datum value = input(types[0], text);
    if (source.id != target.id) {
      const CastDef* cast = find_cast(source.id, target.id);
      if (cast == nullptr) return "no cast";
      if (cast->method == CastMethod::kFunction) {
        const FunctionDef* function = find_function(cast->function);
        Datum args[] = {value, Datum::from_int(target.typmod), Datum::from_bool(true)};
        Oid arg_types[] = {source.id};
        context_.arg_types = arg_types;
        value = function->row(context_, args);
      }
    }
    if (const CastDef* length = find_cast(target.id, target.id); length != nullptr && target.typmod >= 0) {
      Datum args[] = {value, Datum::from_int(target.typmod), Datum::from_bool(true)};
      value = find_function(length->function)->row(context_, args);
    }
    return output(target.id, value);
  }
  static const FunctionDef* find(const std::string& name, const std::vector<std::string>& types) {
    for (const FunctionDef* function : functions_named(name)) {
      std::vector<Oid> wanted(function->arg_types.begin(), function->arg_types.end());
      bool match = function->variadic != kInvalidOid ? types.size() + 1 >= wanted.size() : wanted.size() == types.size();
      for (size_t i = 0; match && i < types.size(); ++i) {
        if (i >= wanted.size() || (function->variadic != kInvalidOid && i + 1 >= wanted.size())) break;
        match = wanted[i] == type_of(types[i]).id || wanted[i] == type_id::kAnyElement || wanted[i] == type_id::kAnyNonArray ||
                wanted[i] == type_id::kAny;
      }
      if (match) return function;
    }
    throw SqlError(sqlstate::kUndefinedFunction, "no function " + name);
  }
  static const FunctionDef* operator_function(const std::string& name, std::vector<std::string>& types) {
    Oid left = types.size() == 2 ? type_of(types[0]).id : kInvalidOid, right = type_of(types.back()).id;
    for (const OperatorDef* op : operators_named(name)) {
      if (op->left == left && op->right == right) return find_function(op->function);
    }
    throw SqlError(sqlstate::kUndefinedFunction, "no operator " + name);
  }
  std::string call(const FunctionDef* function, const std::vector<std::string>& types, const std::vector<std::string>& texts) {
    std::vector<Datum> args;
    std::vector<Oid> arg_types;
    bool any_null = false;
    for (size_t i = 0; i < types.size(); ++i) {
      args.push_back(input(types[i], texts.at(i)));
      arg_types.push_back(type_of(types[i]).id);
      any_null = any_null || args.back().is_null;
    }
    context_.arg_types = arg_types;
    context_.result_type = function->result_type;
    context_.typmod = -1;
    if (any_null && function->strict) return "NULL";
    Datum result = function->row(context_, args.data());
    if (function->batch != nullptr) {
      std::vector<const Datum*> columns;
      for (const Datum& arg : args) columns.push_back(&arg);
      Datum out = Datum::from_int(0);
      function->batch(context_, columns.data(), 1, &out);
      if (output(function->result_type, out) != output(function->result_type, result)) return "batch differs from row";
    }
    return output(function->result_type, result);
  }
  std::string aggregate(const std::string& name, const std::string& type, const std::vector<std::string>& texts) {
    const FunctionDef* function = find(name, {type});
    const AggregateKernel& kernel = *function->aggregate;
    Oid arg_types[] = {type_of(type).id};
    // Two halves, combined: the order of steps must not matter.
    std::vector<int64_t> states[2];
    for (auto& state : states) {
      state.assign(kernel.state_size / 8 + 1, 0);
      if (kernel.init != nullptr) kernel.init(state.data());
    }
    for (size_t i = 0; i < texts.size(); ++i) {
      Datum value = input(type, texts[i]);
      context_.arg_types = arg_types;
      kernel.step(context_, states[i * 2 / texts.size()].data(), &value);
    }
    context_.result_type = function->result_type;
    context_.typmod = -1;
    kernel.combine(context_, states[0].data(), states[1].data());
    std::string out = output(function->result_type, kernel.final(context_, states[0].data()));
    if (kernel.destroy != nullptr) {
      for (auto& state : states) kernel.destroy(state.data());
    }
    return out;
  }

  FakeEnvironment env_;
  Arena arena_;
  CallContext context_;
};

TEST_CASE("types and functions print what PostgreSQL prints") {
  Runner runner;
  for (const std::string line : kCases) {
    size_t arrow = line.rfind(" => ");
    std::string expression = line.substr(0, arrow);
    std::string expected = arrow == std::string::npos ? "" : line.substr(arrow + 4);
    INFO(expression);
    CHECK(runner.run(expression) == expected);
  }
}

}  // namespace
}  // namespace vecino::sql

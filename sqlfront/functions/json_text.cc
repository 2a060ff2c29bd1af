#include "sqlfront/functions/json_text.h"

#include "sqlfront/types/json_parse.h"

namespace vecino::sql {
namespace {

class OneLevel : public JsonHandler {
 public:
  OneLevel(std::string_view text, JsonText& out) : text_(text), out_(out) {}
  void object_start(size_t begin) override { open(begin, JsonShape::kObject); }
  void array_start(size_t begin) override { open(begin, JsonShape::kArray); }
  void object_end(size_t end) override { close(end); }
  void array_end(size_t end) override { close(end); }
  void key(std::string_view text) override {
    if (depth_ == 1) key_ = text;
  }
  void scalar(JsonScalar kind, std::string_view text, size_t begin, size_t end) override {
    if (depth_ > 1) return;
    JsonChild child;
    child.text = text_.substr(begin, end - begin);
    child.is_null = kind == JsonScalar::kNull;
    child.is_string = kind == JsonScalar::kString;
    if (child.is_string) child.string = text;
    if (depth_ == 0) {
      out_.self = std::move(child);
      return;
    }
    child.key = key_;
    out_.children.push_back(std::move(child));
  }

 private:
  void open(size_t begin, JsonShape shape) {
    if (depth_ == 0) out_.shape = shape;
    if (depth_ <= 1) begin_[depth_] = begin;
    ++depth_;
  }
  void close(size_t end) {
    --depth_;
    if (depth_ == 0) out_.self.text = text_.substr(begin_[0], end - begin_[0]);
    if (depth_ != 1) return;
    JsonChild child;
    child.key = key_;
    child.text = text_.substr(begin_[1], end - begin_[1]);
    out_.children.push_back(std::move(child));
  }
  std::string_view text_;
  JsonText& out_;
  int depth_ = 0;
  size_t begin_[2] = {0, 0};
  std::string key_;
};

}  // namespace

JsonText read_json(std::string_view text) {
  JsonText out;
  OneLevel handler(text, out);
  parse_json(text, handler, JsonStrings::kConvert);
  return out;
}

std::optional<std::string_view> json_child_text(const JsonChild& child) {
  if (child.is_null) return std::nullopt;
  return child.is_string ? std::string_view(child.string) : child.text;
}

}  // namespace vecino::sql

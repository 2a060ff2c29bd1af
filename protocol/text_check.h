#pragma once

namespace vecino::protocol {

// While one exists, the decoders of this thread take text that is not UTF-8: the client's encoding is another one, and whoever converts
// the text finds what is wrong with it.
class UncheckedText {
 public:
  explicit UncheckedText(bool unchecked);
  ~UncheckedText();
  UncheckedText(const UncheckedText&) = delete;

 private:
  const bool before_;
};

}  // namespace vecino::protocol

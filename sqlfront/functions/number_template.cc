#include "sqlfront/functions/number_template.h"

#include <algorithm>

#include "sqlfront/functions/datetime_template.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

struct Keyword {
  std::string_view text;  // upper case
  NumberPattern pattern;
};
constexpr Keyword kKeywords[] = {
    {"EEEE", NumberPattern::kExponent}, {"FM", NumberPattern::kFillMode}, {"MI", NumberPattern::kMinus},
    {"PL", NumberPattern::kPlus},       {"PR", NumberPattern::kBrackets}, {"RN", NumberPattern::kRoman},
    {"SG", NumberPattern::kPlusMinus},  {"TH", NumberPattern::kOrdinal},  {"0", NumberPattern::kZero},
    {"9", NumberPattern::kNine},        {",", NumberPattern::kComma},     {".", NumberPattern::kPoint},
    {"D", NumberPattern::kLocalPoint},  {"G", NumberPattern::kGroup},     {"L", NumberPattern::kCurrency},
    {"S", NumberPattern::kSign},        {"V", NumberPattern::kShift}};

const Keyword* match_keyword(std::string_view rest) {
  for (const Keyword& keyword : kKeywords) {
    std::string_view head = rest.substr(0, keyword.text.size());
    if (head == keyword.text || head == lower_ascii(keyword.text)) return &keyword;
  }
  return nullptr;
}

[[noreturn]] void fail(const char* message) { throw SqlError(sqlstate::kSyntaxError, message); }

// Notes what one pattern means for the whole template.
void account(NumberTemplate* t, NumberPattern pattern) {
  if (t->exponent && pattern != NumberPattern::kLiteral) fail("\"EEEE\" must be the last pattern used");
  switch (pattern) {
    case NumberPattern::kNine:
    case NumberPattern::kZero: {
      if (t->brackets) fail("\"9\" must be ahead of \"PR\"");
      if (t->shift) {
        ++t->shift_digits;
        break;
      }
      bool zero = pattern == NumberPattern::kZero;
      int position = t->integer_digits + t->fraction_digits;
      t->point ? ++t->fraction_digits : ++t->integer_digits;
      if (zero) {
        if (t->zero_start < 0 && !t->point) t->zero_start = position;
        t->zero_end = position + 1;
      }
      break;
    }
    case NumberPattern::kPoint:
    case NumberPattern::kLocalPoint:
      if (t->point) fail("multiple decimal points");
      if (t->shift) fail("cannot use \"V\" and decimal point together");
      t->point = true;
      break;
    case NumberPattern::kSign:
      if (t->sign != SignPlace::kNone) fail("cannot use \"S\" twice");
      if (t->plus || t->minus || t->brackets) fail("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
      t->sign = t->integer_digits + t->fraction_digits == 0 && !t->point ? SignPlace::kLeading : SignPlace::kTrailing;
      break;
    case NumberPattern::kMinus:
      if (t->sign != SignPlace::kNone) fail("cannot use \"S\" and \"MI\" together");
      t->minus = true;
      break;
    case NumberPattern::kPlus:
      if (t->sign != SignPlace::kNone) fail("cannot use \"S\" and \"PL\" together");
      t->plus = true;
      break;
    case NumberPattern::kPlusMinus:
      if (t->sign != SignPlace::kNone) fail("cannot use \"S\" and \"SG\" together");
      t->plus_minus = true;
      break;
    case NumberPattern::kBrackets:
      if (t->sign != SignPlace::kNone || t->plus || t->minus) fail("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
      t->brackets = true;
      break;
    case NumberPattern::kShift:
      if (t->point) fail("cannot use \"V\" and decimal point together");
      t->shift = true;
      break;
    case NumberPattern::kExponent:
      if (t->signed_otherwise() || t->roman || t->shift || t->fill_mode) {
        throw SqlError(sqlstate::kSyntaxError, "\"EEEE\" is incompatible with other formats")
            .detail("\"EEEE\" may only be used together with digit and decimal point patterns.");
      }
      t->exponent = true;
      break;
    case NumberPattern::kRoman: t->roman = true; break;
    case NumberPattern::kFillMode: t->fill_mode = true; break;
    default: break;
  }
}

// Emits one number. Positions count the digit patterns from the left; `blanks_` of them precede the number's first digit.
class Layout {
 public:
  Layout(const NumberTemplate& format, std::string_view digits) : t_(format) {
    negative_ = digits.starts_with('-');
    if (negative_) digits.remove_prefix(1);
    size_t dot = digits.find('.');
    whole_ = digits.substr(0, dot);
    if (dot != std::string_view::npos) fraction_ = digits.substr(dot + 1);
    special_ = !whole_.empty() && !is_digit(whole_[0]);
    total_integer_ = t_.integer_digits + t_.shift_digits;
    overflow_ = static_cast<int>(whole_.size()) > total_integer_;
    if (overflow_) {
      whole_.assign(static_cast<size_t>(total_integer_), '#');
      fraction_.assign(special_ ? static_cast<size_t>(t_.fraction_digits) : fraction_.size(), '#');
    }
    // 0.5 by 9.9 shows no zero before the point.
    hidden_zero_ = !overflow_ && whole_ == "0" && t_.zero_start < 0 && t_.fraction_digits > 0 && t_.point;
    blanks_ = total_integer_ - static_cast<int>(whole_.size());
    last_fraction_ = significant_fraction();
    bool all_zero = whole_.find_first_not_of('0') == std::string::npos && fraction_.find_first_not_of('0') == std::string::npos;
    if (all_zero) negative_ = false;
    // What there is no text for gets no point either: NaN, or a float without digits behind the point.
    no_point_ = fraction_.empty() && (t_.fraction_digits > 0 || t_.fill_mode);
  }

  std::string run() {
    for (const NumberItem& item : t_.items) emit(item);
    finish();
    return std::move(out_);
  }

 private:
  // With FM, zeros at the end of the fraction are dropped down to the last 0 pattern.
  int significant_fraction() const {
    int count = static_cast<int>(fraction_.size());
    if (!t_.fill_mode) return count;
    int kept = std::max(0, t_.zero_end - t_.integer_digits);
    while (count > kept && fraction_[static_cast<size_t>(count - 1)] == '0') --count;
    return count;
  }

  void emit(const NumberItem& item) {
    switch (item.pattern) {
      case NumberPattern::kNine:
      case NumberPattern::kZero: digit(); break;
      case NumberPattern::kPoint:
      case NumberPattern::kLocalPoint:
        before_first_digit();
        in_fraction_ = true;
        if (!no_point_) out_.push_back('.');
        break;
      case NumberPattern::kComma:
      case NumberPattern::kGroup:
        if (digits_out_) {
          out_.push_back(',');
        } else if (!t_.fill_mode) {
          out_.push_back(' ');
        }
        break;
      case NumberPattern::kCurrency: out_.push_back(' '); break;
      case NumberPattern::kMinus:
        if (negative_) {
          out_.push_back('-');
        } else if (!t_.fill_mode) {
          out_.push_back(' ');
        }
        break;
      case NumberPattern::kPlus:
        if (!negative_) {
          out_.push_back('+');
        } else if (!t_.fill_mode) {
          out_.push_back(' ');
        }
        break;
      case NumberPattern::kPlusMinus: out_.push_back(negative_ ? '-' : '+'); break;
      case NumberPattern::kOrdinal:
        if (!negative_ && t_.fraction_digits == 0 && !overflow_ && !special_) {
          out_ += ordinal_suffix(whole_.empty() ? 0 : std::stoll(whole_.substr(whole_.size() > 6 ? whole_.size() - 6 : 0)), item.upper);
        }
        break;
      case NumberPattern::kLiteral: out_ += item.text; break;
      default: break;
    }
  }

  // The sign goes right before the first digit that is shown.
  void before_first_digit() {
    if (sign_out_) return;
    sign_out_ = true;
    if (t_.brackets) {
      if (negative_) {
        out_.push_back('<');
      } else if (!t_.fill_mode) {
        out_.push_back(' ');
      }
    } else if (t_.sign == SignPlace::kLeading) {
      out_.push_back(negative_ ? '-' : '+');
    } else if (!t_.signed_otherwise()) {
      if (negative_) {
        out_.push_back('-');
      } else if (!t_.fill_mode) {
        out_.push_back(' ');
      }
    }
  }

  void digit() {
    if (in_fraction_) {
      size_t index = static_cast<size_t>(fraction_at_++);
      if (static_cast<int>(index) < last_fraction_) out_.push_back(fraction_[index]);
      return;
    }
    int position = integer_at_++;
    bool forced_zero = t_.zero_start >= 0 && position >= t_.zero_start;
    if (position < blanks_) {
      if (forced_zero) {
        before_first_digit();
        out_.push_back('0');
        digits_out_ = true;
      } else if (!t_.fill_mode) {
        out_.push_back(' ');
      }
      return;
    }
    if (hidden_zero_) {
      // All fraction digits dropped: the zero is the number.
      if (t_.fill_mode && last_fraction_ == 0) {
        before_first_digit();
        out_.push_back('0');
        digits_out_ = true;
      } else if (!t_.fill_mode) {
        out_.push_back(' ');
      }
      return;
    }
    before_first_digit();
    out_.push_back(whole_[static_cast<size_t>(position - blanks_)]);
    digits_out_ = true;
  }

  void finish() {
    if (t_.brackets) {
      if (negative_) {
        out_.push_back('>');
      } else if (!t_.fill_mode) {
        out_.push_back(' ');
      }
    }
    if (t_.sign == SignPlace::kTrailing) out_.push_back(negative_ ? '-' : '+');
  }

  const NumberTemplate& t_;
  std::string whole_, fraction_, out_;
  int total_integer_ = 0, blanks_ = 0, integer_at_ = 0, fraction_at_ = 0, last_fraction_ = 0;
  bool negative_ = false, overflow_ = false, hidden_zero_ = false, sign_out_ = false, digits_out_ = false,
       in_fraction_ = false, special_ = false, no_point_ = false;
};

}  // namespace

NumberTemplate parse_number_template(std::string_view rest) {
  NumberTemplate out;
  while (!rest.empty()) {
    if (const Keyword* keyword = match_keyword(rest)) {
      bool upper = rest[0] == keyword->text[0];
      rest.remove_prefix(keyword->text.size());
      account(&out, keyword->pattern);
      out.items.push_back({keyword->pattern, "", upper});
      continue;
    }
    NumberItem literal{NumberPattern::kLiteral, "", true};
    if (rest[0] == '"') {
      rest.remove_prefix(1);
      while (!rest.empty() && rest[0] != '"') {
        if (rest[0] == '\\' && rest.size() > 1) rest.remove_prefix(1);
        literal.text.push_back(rest[0]);
        rest.remove_prefix(1);
      }
      if (!rest.empty()) rest.remove_prefix(1);
    } else {
      if (rest[0] == '\\' && rest.size() > 1 && rest[1] == '"') rest.remove_prefix(1);
      literal.text.push_back(rest[0]);
      rest.remove_prefix(1);
    }
    out.items.push_back(std::move(literal));
  }
  if (out.sign == SignPlace::kLeading && out.integer_digits == 0) out.sign = SignPlace::kTrailing;
  return out;
}

std::string lay_out_number(const NumberTemplate& format, std::string_view digits) { return Layout(format, digits).run(); }

std::string roman_number(int value) {
  struct Step {
    int value;
    std::string_view text;
  };
  static constexpr Step kSteps[] = {{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"},
                                    {40, "XL"},  {10, "X"},   {9, "IX"},  {5, "V"},    {4, "IV"},  {1, "I"}};
  std::string out;
  for (const Step& step : kSteps) {
    for (; value >= step.value; value -= step.value) out += step.text;
  }
  return out;
}

}  // namespace vecino::sql

#include <algorithm>

#include "sqlfront/functions/resolve.h"
#include "sqlfront/functions/resolve_internal.h"

namespace vecino::sql {

using namespace type_id;

namespace {

using Types = std::vector<TypeId>;
using Candidates = std::vector<size_t>;

// Keeps the candidates with the highest score; manual 10.2/10.3 rule "keep those with the most ...".
template <typename Score>
void keep_best(Candidates& candidates, Score score) {
  int best = -1;
  Candidates kept;
  for (size_t c : candidates) {
    int value = score(c);
    if (value > best) {
      best = value;
      kept.clear();
    }
    if (value == best) kept.push_back(c);
  }
  candidates = std::move(kept);
}

// Settles the category of every unknown argument; false = a position has conflicting categories without string.
bool unknown_categories(const std::vector<Types>& all, const Candidates& candidates, const Types& inputs,
                        std::string& categories, bool* resolved) {
  *resolved = false;
  categories.assign(inputs.size(), 0);
  std::vector<bool> preferred(inputs.size(), false);
  bool ok = true;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] != kUnknown) continue;
    *resolved = true;
    char category = 0;
    bool has_preferred = false, conflict = false;
    for (size_t c : candidates) {
      TypeId type = all[c][i];
      char own = type_category(type);
      bool own_preferred = is_preferred_type(type);
      if (category == 0) {
        category = own;
        has_preferred = own_preferred;
      } else if (own == category) {
        has_preferred |= own_preferred;
      } else if (own == 'S') {
        category = own;
        has_preferred = own_preferred;
      } else {
        conflict = true;
      }
    }
    if (conflict && category != 'S') {
      ok = false;
      break;
    }
    categories[i] = category;
    preferred[i] = has_preferred;
  }
  // A set bit tells the caller that only preferred types of the category are wanted.
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (preferred[i]) categories[i] = static_cast<char>(categories[i] | 0x80);
  }
  return ok;
}

bool fits_categories(const Types& candidate, const Types& inputs, const std::string& categories) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] != kUnknown) continue;
    char wanted = static_cast<char>(categories[i] & 0x7F);
    if (type_category(candidate[i]) != wanted) return false;
    if ((categories[i] & 0x80) != 0 && !is_preferred_type(candidate[i])) return false;
  }
  return true;
}

}  // namespace

// The steps of func_select_candidate, in its order.
int select_candidate(const std::vector<Types>& all, const Types& inputs) {
  Candidates candidates;
  for (size_t c = 0; c < all.size(); ++c) {
    if (can_coerce_types(inputs, std::span<const TypeId>(all[c]).first(inputs.size()), CastContext::kImplicit)) {
      candidates.push_back(c);
    }
  }
  if (candidates.empty()) return -1;
  if (candidates.size() == 1) return static_cast<int>(candidates[0]);

  size_t unknowns = std::count(inputs.begin(), inputs.end(), kUnknown);
  auto exact = [&](size_t c) {
    int matches = 0;
    for (size_t i = 0; i < inputs.size(); ++i) matches += inputs[i] != kUnknown && all[c][i] == inputs[i];
    return matches;
  };
  keep_best(candidates, exact);
  if (candidates.size() == 1) return static_cast<int>(candidates[0]);

  auto exact_or_preferred = [&](size_t c) {
    int matches = 0;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] == kUnknown) continue;
      matches += all[c][i] == inputs[i] ||
                 (type_category(inputs[i]) == type_category(all[c][i]) && is_preferred_type(all[c][i]));
    }
    return matches;
  };
  keep_best(candidates, exact_or_preferred);
  if (candidates.size() == 1) return static_cast<int>(candidates[0]);
  if (unknowns == 0) return -2;

  std::string categories;
  bool resolved = false;
  if (unknown_categories(all, candidates, inputs, categories, &resolved) && resolved) {
    Candidates kept;
    for (size_t c : candidates) {
      if (fits_categories(all[c], inputs, categories)) kept.push_back(c);
    }
    if (!kept.empty()) candidates = std::move(kept);
    if (candidates.size() == 1) return static_cast<int>(candidates[0]);
  }

  // Unknowns may be of the one type that all known arguments have.
  TypeId known = kUnknown;
  for (TypeId type : inputs) {
    if (type == kUnknown) continue;
    if (known == kUnknown) {
      known = type;
    } else if (known != type) {
      known = kUnknown;
      break;
    }
  }
  if (known != kUnknown) {
    Types assumed(inputs.size(), known);
    int found = -1, count = 0;
    for (size_t c : candidates) {
      if (can_coerce_types(assumed, std::span<const TypeId>(all[c]).first(inputs.size()), CastContext::kImplicit)) {
        found = static_cast<int>(c);
        if (++count > 1) break;
      }
    }
    if (count == 1) return found;
  }
  return -2;
}

}  // namespace vecino::sql

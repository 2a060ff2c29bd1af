#include "sqlfront/statement/statement_cache.h"

#include "sqlfront/analyze/walk.h"
#include "sqlfront/interrupts.h"

namespace vecino::sql {

using Use = LiteralParameters::Use;

namespace {

// Do the constants of the text have the values the statement was made with?
bool same_constants(const PreparedStatement& statement, const LiteralText& text) {
  for (size_t i = 0; i < text.literals.size(); ++i) {
    if (statement.literal_uses[i] == Use::kConstant && statement.literals[i].value != text.literals[i].value) return false;
  }
  return true;
}

bool depends_on_moment(TypeId id) {
  check_stack_depth();
  const TypeInfo* type = find_type(id);
  if (type == nullptr) return true;
  if (type->element_id != kInvalidOid) return depends_on_moment(type->element_id);
  return type->category == 'D' || type->category == 'T' ||
         (type->category == 'N' && type->name.starts_with("reg"));
}

}  // namespace

bool is_timeless(const Query& query) {
  bool timeless = true;
  analysis::walk_query(query, [&](const ExprPtr& expr, int) {
    if (expr->kind == ExprKind::kConst && depends_on_moment(expr->type.id)) timeless = false;
    return timeless;
  });
  return timeless;
}

std::optional<StatementCache::Found> StatementCache::find(const LiteralText& text) const {
  auto entry = texts_.find(text.key);
  if (entry == texts_.end()) return std::nullopt;
  for (const PreparedPtr& statement : entry->second.variants) {
    if (statement->literals.size() != text.literals.size() || !same_constants(*statement, text)) continue;
    Found found{statement, {}};
    found.parameters.reserve(text.literals.size());
    for (size_t i = 0; i < text.literals.size(); ++i) {
      const int64_t value = text.literals[i].value;
      found.parameters.push_back(Datum::from_int(statement->literal_uses[i] == Use::kNegatedParameter ? -value : value));
    }
    return found;
  }
  return std::nullopt;
}

bool StatementCache::wants(const LiteralText& text) {
  auto entry = texts_.find(text.key);
  if (entry != texts_.end()) return !entry->second.rejected;
  if (texts_.size() >= kMaxEntries) texts_.clear();
  texts_.try_emplace(text.key);
  return false;
}

void StatementCache::add(const LiteralText& text, PreparedPtr statement) {
  Entry& entry = texts_[text.key];
  std::erase_if(entry.variants, [&](const PreparedPtr& old) { return same_constants(*old, text); });
  if (entry.variants.size() >= kMaxVariants) entry.variants.erase(entry.variants.begin());
  entry.variants.push_back(std::move(statement));
}

void StatementCache::reject(const LiteralText& text) {
  Entry& entry = texts_[text.key];
  entry.rejected = true;
  entry.variants.clear();
}

std::string StatementCache::parsed_key(std::string_view sql, const std::vector<Oid>& parameter_types) {
  std::string key(sql);
  key.push_back('\0');
  key.append(reinterpret_cast<const char*>(parameter_types.data()), parameter_types.size() * sizeof(Oid));
  return key;
}

PreparedPtr StatementCache::find_parsed(std::string_view sql, const std::vector<Oid>& parameter_types) const {
  if (parsed_.empty() || sql.size() > kMaxParsedText) return nullptr;
  auto found = parsed_.find(parsed_key(sql, parameter_types));
  return found == parsed_.end() ? nullptr : found->second;
}

void StatementCache::add_parsed(std::string_view sql, const std::vector<Oid>& parameter_types, PreparedPtr statement) {
  if (sql.size() > kMaxParsedText) return;
  if (parsed_.size() >= kMaxEntries) parsed_.clear();
  parsed_[parsed_key(sql, parameter_types)] = std::move(statement);
}

void StatementCache::clear() {
  texts_.clear();
  parsed_.clear();
}

}  // namespace vecino::sql

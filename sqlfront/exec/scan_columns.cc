#include "sqlfront/exec/scan_columns.h"

#include "sqlfront/plan/distance_column.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/record.h"

namespace vecino::sql {

ScanColumns::ScanColumns(const RelationDesc& relation, const std::vector<AttrNumber>& fetch)
    : table_(relation.oid), row_type_(relation.row_type != kInvalidOid ? relation.row_type : type_id::kRecord), width_(fetch.size()) {
  std::vector<size_t> whole;
  for (size_t i = 0; i < fetch.size(); ++i) {
    AttrNumber attno = fetch[i];
    if (attno > 0) {
      int column = attno - 1;
      size_t known = 0;
      while (known < stored_.size() && stored_[known] != column) ++known;
      if (known < stored_.size()) {
        copies_.emplace_back(positions_[known], i);
      } else {
        stored_.push_back(column);
        positions_.push_back(i);
      }
    } else if (attno == 0) {
      whole.push_back(i);
    } else if (attno == kDistanceColumn) {
      distances_.push_back(i);
    } else if (attno == system_attr::kCtid) {
      ctid_.push_back(i);
    } else if (attno == system_attr::kTableoid) {
      tableoid_.push_back(i);
    } else {
      static constexpr const char* kNames[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};
      throw SqlError(sqlstate::kFeatureNotSupported,
                     std::string("system column \"") + kNames[-attno - 1] + "\" is not supported");
    }
  }
  for (size_t position : whole) {
    WholeRow row{position, {}, {}, {}};
    for (size_t c = 0; c < relation.columns.size(); ++c) {
      if (relation.columns[c].dropped) continue;
      row.columns.push_back(position_of(static_cast<int>(c)));
      row.types.push_back(relation.columns[c].type.id);
      row.names.push_back(relation.columns[c].name);
    }
    whole_rows_.push_back(std::move(row));
  }
}

size_t ScanColumns::position_of(int stored) {
  for (size_t i = 0; i < stored_.size(); ++i) {
    if (stored_[i] == stored) return positions_[i];
  }
  stored_.push_back(stored);
  positions_.push_back(width_);
  return width_++;
}

void ScanColumns::targets(Batch& raw, std::vector<Datum*>& out, size_t at) const {
  out.resize(positions_.size());
  for (size_t i = 0; i < positions_.size(); ++i) out[i] = raw.column(positions_[i]) + at;
}

void ScanColumns::finish(Batch& raw, const storage::RowId* ids, size_t rows) const {
  for (const auto& [from, to] : copies_) std::copy(raw.column(from), raw.column(from) + rows, raw.column(to));
  for (size_t position : ctid_) {
    Datum* out = raw.column(position);
    for (size_t i = 0; i < rows; ++i) out[i] = Datum::from_int(static_cast<int64_t>(ids[i]));
  }
  for (size_t position : tableoid_) {
    std::fill(raw.column(position), raw.column(position) + rows, Datum::from_int(table_));
  }
  for (const WholeRow& row : whole_rows_) {
    std::vector<Datum> values(row.columns.size());
    Datum* out = raw.column(row.position);
    for (size_t i = 0; i < rows; ++i) {
      for (size_t c = 0; c < values.size(); ++c) values[c] = raw.column(row.columns[c])[i];
      out[i] = pack_record(raw.arena, row.types, values, row.names, row_type_);
    }
  }
}

}  // namespace vecino::sql

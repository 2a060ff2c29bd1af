#include "storage/txn/nearby_reader.h"

#include "storage/util/bytes.h"

namespace vecino::storage {

NearbyReader::Cursor& NearbyReader::cursor_of(Family family, std::string_view prefix) {
  for (Cursor& cursor : cursors_) {
    if (cursor.family == family && cursor.prefix == prefix) return cursor;
  }
  Cursor& cursor = cursors_[oldest_++ % cursors_.size()];
  cursor = Cursor{};
  cursor.family = family;
  cursor.prefix = prefix;
  return cursor;
}

NearbyReader::Answer NearbyReader::find(Family family, std::string_view key, SequenceNumber newest_change,
                                        PinnedValue& value) {
  Answer answer = find_current(family, key, newest_change, value);
  if (answer != Answer::kUnknown || key.size() <= kPrefix) return answer;
  Cursor& cursor = cursor_of(family, key.substr(0, kPrefix));
  cursor.ascending = key > std::string_view(cursor.last) ? cursor.ascending + 1 : 0;
  cursor.last = key;
  if (cursor.ascending <= kAscending) return answer;
  place(cursor, key, newest_change);
  return look(cursor, key, newest_change, value);
}

NearbyReader::Answer NearbyReader::find_current(Family family, std::string_view key, SequenceNumber latest,
                                                PinnedValue& value) {
  if (key.size() <= kPrefix) return Answer::kUnknown;
  Cursor& cursor = cursor_of(family, key.substr(0, kPrefix));
  Answer answer = look(cursor, key, latest, value);
  if (answer != Answer::kUnknown) cursor.last = key;
  return answer;
}

void NearbyReader::place(Cursor& cursor, std::string_view key, SequenceNumber newest_change) {
  cursor.ascending = 0;
  if (cursor.entries == nullptr || newest_change > cursor.sequence) {
    KvSnapshotPtr snapshot = engine_.snapshot();
    cursor.sequence = snapshot->sequence();
    cursor.entries = engine_.iterator(cursor.family, std::move(snapshot), {cursor.prefix, prefix_successor(cursor.prefix)},
                                      Pinning::kNone);
  }
  cursor.entries->seek(key);
  cursor.low = key;
}

NearbyReader::Answer NearbyReader::look(Cursor& cursor, std::string_view key, SequenceNumber newest_change,
                                        PinnedValue& value) {
  if (cursor.entries == nullptr || newest_change > cursor.sequence || key < std::string_view(cursor.low)) {
    return Answer::kUnknown;
  }
  for (int step = 0; step < kSteps; ++step) {
    if (!cursor.entries->valid()) {
      if (cursor.entries->status().is_ok()) return Answer::kAbsent;
      break;  // the look-up that follows has the error
    }
    const int order = cursor.entries->key().compare(key);
    if (order > 0) return Answer::kAbsent;
    if (order == 0) {
      value.set_owned(std::string(cursor.entries->value()));
      return Answer::kFound;
    }
    cursor.low = cursor.entries->key();
    cursor.low.push_back('\0');
    cursor.entries->next();
  }
  cursor.entries.reset();
  return Answer::kUnknown;
}

void NearbyReader::reset() {
  for (Cursor& cursor : cursors_) cursor.entries.reset();
}

}  // namespace vecino::storage

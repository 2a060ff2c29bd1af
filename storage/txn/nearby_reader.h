#pragma once

#include <array>
#include <memory>
#include <string>

#include "storage/api/kv_engine.h"

namespace vecino::storage {

// Committed entries of keys that are asked for in ascending order, as an UPDATE or DELETE of many rows does: after a few of
// them an iterator goes along, which costs a tenth of a look-up each. Not thread-safe.
class NearbyReader {
 public:
  explicit NearbyReader(KvEngine& engine) : engine_(engine) {}
  enum class Answer { kUnknown, kFound, kAbsent };
  // `newest_change`: the key has not been committed with a greater sequence number, nor is it being committed.
  Answer find(Family family, std::string_view key, SequenceNumber newest_change, PinnedValue& value);
  // The same from what is at hand, when that is all there is up to sequence number `latest`.
  Answer find_current(Family family, std::string_view key, SequenceNumber latest, PinnedValue& value);
  // Lets go of the snapshots that it holds.
  void reset();

 private:
  static constexpr size_t kPrefix = 4;     // of a table or index
  static constexpr int kAscending = 16;    // look-ups before an iterator is made
  static constexpr int kSteps = 8;         // of it to the next key
  struct Cursor {
    Family family{};
    std::string prefix, last;              // last key asked for
    int ascending = 0;
    std::unique_ptr<KvIterator> entries;
    SequenceNumber sequence = 0;           // of its snapshot
    std::string low;                       // no key lies from here to where it stands
  };

  Cursor& cursor_of(Family family, std::string_view prefix);
  void place(Cursor& cursor, std::string_view key, SequenceNumber newest_change);
  static Answer look(Cursor& cursor, std::string_view key, SequenceNumber newest_change, PinnedValue& value);

  KvEngine& engine_;
  std::array<Cursor, 8> cursors_;  // a table and its indexes
  size_t oldest_ = 0;
};

}  // namespace vecino::storage

#include "sqlfront/types/array.h"
#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

Datum pseudo_input(CallContext& context, std::string_view) {
  throw SqlError(sqlstate::kFeatureNotSupported,
                 "cannot accept a value of type " + std::string(type_info(context.result_type).name));
}
void pseudo_output(CallContext&, const Datum&, std::string&) {
  throw SqlError(sqlstate::kFeatureNotSupported, "cannot display a value of a pseudo-type");
}
constexpr auto pseudo_receive = pseudo_input;
constexpr auto pseudo_send = pseudo_output;

Datum void_input(CallContext&, std::string_view) { return Datum::from_bytes(""); }
void void_output(CallContext&, const Datum&, std::string&) {}
constexpr auto void_receive = void_input;
constexpr auto void_send = void_output;

// Columns of type anyarray (pg_stats) carry ordinary arrays.
constexpr auto anyarray_input = pseudo_input, anyarray_receive = pseudo_input;
constexpr auto anyarray_output = array_output, anyarray_send = array_send;

constexpr TypeInfo kTypes[] = {
    {type_id::kVoid, "void", kInvalidOid, kInvalidOid, PhysicalKind::kBytes, 4, 'p', 'P', false, true, 'i', 'p', ',',
     void_input, void_output, void_receive, void_send, nullptr, nullptr, {}, nullptr, nullptr, "void_in", "void_out",
     "void_recv", "void_send"},
    {type_id::kAny, "any", kInvalidOid, kInvalidOid, PhysicalKind::kInt, 4, 'p', 'P', false, true, 'i', 'p', ',',
     pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr, "any_in", "any_out", "",
     ""},
    {type_id::kAnyElement, "anyelement", kInvalidOid, kInvalidOid, PhysicalKind::kInt, 4, 'p', 'P', false, true, 'i',
     'p', ',', pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr, "anyelement_in",
     "anyelement_out", "", ""},
    {type_id::kAnyNonArray, "anynonarray", kInvalidOid, kInvalidOid, PhysicalKind::kInt, 4, 'p', 'P', false, true, 'i',
     'p', ',', pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr, "anynonarray_in",
     "anynonarray_out", "", ""},
    {type_id::kAnyArray, "anyarray", kInvalidOid, kInvalidOid, PhysicalKind::kBytes, -1, 'p', 'P', false, false, 'd',
     'x', ',', anyarray_input, anyarray_output, anyarray_receive, anyarray_send, array_compare, array_hash,
     {array_encode_key}, nullptr, nullptr, "anyarray_in", "anyarray_out", "anyarray_recv", "anyarray_send"},
    {type_id::kAnyEnum, "anyenum", kInvalidOid, kInvalidOid, PhysicalKind::kInt, 4, 'p', 'P', false, true, 'i', 'p',
     ',', pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr, "anyenum_in",
     "anyenum_out", "", ""},
    {type_id::kAnyRange, "anyrange", kInvalidOid, kInvalidOid, PhysicalKind::kBytes, -1, 'p', 'P', false, false, 'd',
     'x', ',', pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr, "anyrange_in",
     "anyrange_out", "", ""},
    {4537, "anymultirange", kInvalidOid, kInvalidOid, PhysicalKind::kBytes, -1, 'p', 'P', false, false, 'd', 'x', ',',
     pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr, "anymultirange_in",
     "anymultirange_out", "", ""},
    {type_id::kAnyCompatible, "anycompatible", kInvalidOid, kInvalidOid, PhysicalKind::kInt, 4, 'p', 'P', false, true,
     'i', 'p', ',', pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr,
     "anycompatible_in", "anycompatible_out", "", ""},
    {type_id::kAnyCompatibleArray, "anycompatiblearray", kInvalidOid, kInvalidOid, PhysicalKind::kBytes, -1, 'p', 'P',
     false, false, 'd', 'x', ',', anyarray_input, anyarray_output, anyarray_receive, anyarray_send, nullptr, nullptr,
     {}, nullptr, nullptr, "anycompatiblearray_in", "anycompatiblearray_out", "anycompatiblearray_recv",
     "anycompatiblearray_send"},
    {type_id::kAnyCompatibleNonArray, "anycompatiblenonarray", kInvalidOid, kInvalidOid, PhysicalKind::kInt, 4, 'p',
     'P', false, true, 'i', 'p', ',', pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr,
     nullptr, "anycompatiblenonarray_in", "anycompatiblenonarray_out", "", ""},
    {5080, "anycompatiblerange", kInvalidOid, kInvalidOid, PhysicalKind::kBytes, -1, 'p', 'P', false, false, 'd', 'x',
     ',', pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr,
     "anycompatiblerange_in", "anycompatiblerange_out", "", ""},
    {4538, "anycompatiblemultirange", kInvalidOid, kInvalidOid, PhysicalKind::kBytes, -1, 'p', 'P', false, false, 'd',
     'x', ',', pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr,
     "anycompatiblemultirange_in", "anycompatiblemultirange_out", "", ""},
    {type_id::kTrigger, "trigger", kInvalidOid, kInvalidOid, PhysicalKind::kInt, 4, 'p', 'P', false, true, 'i', 'p',
     ',', pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr, "trigger_in",
     "trigger_out", "", ""},
    {3838, "event_trigger", kInvalidOid, kInvalidOid, PhysicalKind::kInt, 4, 'p', 'P', false, true, 'i', 'p', ',',
     pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr, "event_trigger_in",
     "event_trigger_out", "", ""},
    {type_id::kInternal, "internal", kInvalidOid, kInvalidOid, PhysicalKind::kInt, 8, 'p', 'P', false, true, 'd', 'p',
     ',', pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr, "internal_in",
     "internal_out", "", ""},
    {2280, "language_handler", kInvalidOid, kInvalidOid, PhysicalKind::kInt, 4, 'p', 'P', false, true, 'i', 'p', ',',
     pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr, "language_handler_in",
     "language_handler_out", "", ""},
    {3115, "fdw_handler", kInvalidOid, kInvalidOid, PhysicalKind::kInt, 4, 'p', 'P', false, true, 'i', 'p', ',',
     pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr, "fdw_handler_in",
     "fdw_handler_out", "", ""},
    {325, "index_am_handler", kInvalidOid, kInvalidOid, PhysicalKind::kInt, 4, 'p', 'P', false, true, 'i', 'p', ',',
     pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr, "index_am_handler_in",
     "index_am_handler_out", "", ""},
    {269, "table_am_handler", kInvalidOid, kInvalidOid, PhysicalKind::kInt, 4, 'p', 'P', false, true, 'i', 'p', ',',
     pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr, "table_am_handler_in",
     "table_am_handler_out", "", ""},
    {3310, "tsm_handler", kInvalidOid, kInvalidOid, PhysicalKind::kInt, 4, 'p', 'P', false, true, 'i', 'p', ',',
     pseudo_input, pseudo_output, nullptr, nullptr, nullptr, nullptr, {}, nullptr, nullptr, "tsm_handler_in",
     "tsm_handler_out", "", ""},
};

}  // namespace

std::span<const TypeInfo> pseudo_types() { return kTypes; }

}  // namespace vecino::sql

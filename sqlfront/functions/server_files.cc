#include "sqlfront/functions/server_files.h"

#include <algorithm>
#include <filesystem>

#include "sqlfront/catalog/privileges.h"
#include "sqlfront/functions/system_functions.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {
namespace {

namespace fs = std::filesystem;
using namespace type_id;

enum class Missing : uint8_t { kFails, kIsEmpty };

void require(CallContext& context, Oid role, std::string_view function) {
  const Privileges mine(context.env->catalog(), context.env->current_role());
  if (mine.superuser() || mine.acts_as(role)) return;
  throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied for function " + std::string(function));
}

fs::path data_directory(CallContext& context) {
  return context.env->settings().get_string(conf::SettingId::data_directory);
}

// Names as the operating system gives them, in a stable order.
std::vector<fs::path> entries(const fs::path& directory, const std::string& written, Missing missing) {
  std::error_code error;
  std::vector<fs::path> found;
  fs::directory_iterator at(directory, error);
  if (error) {
    if (missing == Missing::kIsEmpty && error == std::errc::no_such_file_or_directory) return found;
    const SqlState code = error == std::errc::no_such_file_or_directory ? sqlstate::kUndefinedFile : sqlstate::kWrongObjectType;
    throw SqlError(code, "could not open directory \"" + written + "\": " + error.message());
  }
  for (; at != fs::directory_iterator(); at.increment(error)) {
    if (error) break;
    found.push_back(at->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::unique_ptr<RowProducer> list(CallContext& context, std::string_view written, Missing missing, bool dots) {
  require(context, role_oid::kReadServerFiles, "pg_ls_dir");
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kText});
  const std::string name(written);
  const auto found = entries(fs::path(name).is_absolute() ? fs::path(name) : data_directory(context) / name, name, missing);
  if (dots && !found.empty()) rows->text(".").text("..");
  for (const fs::path& path : found) rows->text(path.filename().string());
  return rows;
}

}  // namespace

std::unique_ptr<RowProducer> list_directory(CallContext& context, const Datum* args) {
  return list(context, args[0].bytes(), Missing::kFails, false);
}

std::unique_ptr<RowProducer> list_directory_full(CallContext& context, const Datum* args) {
  if (args[0].is_null) return std::make_unique<RowList>(std::vector<Oid>{kText});
  const bool missing_ok = !args[1].is_null && args[1].boolean(), dots = !args[2].is_null && args[2].boolean();
  return list(context, args[0].bytes(), missing_ok ? Missing::kIsEmpty : Missing::kFails, dots);
}

std::unique_ptr<RowProducer> list_log_files(CallContext& context, const Datum*) {
  constexpr int64_t kUnixToPostgres = 946684800000000;
  require(context, role_oid::kMonitor, "pg_ls_waldir");
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kText, kInt8, kTimestamptz});
  for (const fs::path& path : entries(data_directory(context) / "kv", "kv", Missing::kIsEmpty)) {
    std::error_code error;
    if (path.extension() != ".log" || !fs::is_regular_file(path, error)) continue;
    const auto written = std::chrono::file_clock::to_sys(fs::last_write_time(path, error)).time_since_epoch();
    const uintmax_t size = fs::file_size(path, error);
    if (error) continue;  // gone since it was listed
    rows->text(path.filename().string()).number(static_cast<int64_t>(size));
    rows->timestamp(std::chrono::duration_cast<std::chrono::microseconds>(written).count() - kUnixToPostgres);
  }
  return rows;
}

}  // namespace vecino::sql

#include "tools/import_files.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <tuple>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "tools/csv.h"
#include "tools/field_reader.h"
#include "tools/scenario_commands.h"

namespace goodstanding::tools {
namespace {

using api::v1::ImportLine;

// One kind of file. Its columns are the fields of the scenario action of that name.
struct FileKind {
  const char* name;
  const char* action;
  const char* columns;  // Those that may be left out in brackets.
};

// Facts of one day are decided in this order.
constexpr FileKind kFileKinds[] = {
    {"certificants.csv", "register", "id,name,[email],[effective]"},
    {"memberships.csv", "membership", "id,from,through,[effective]"},
    {"grants.csv", "grant", "id,credential,effective"},
    {"credits.csv", "credit",
     "id,ref,kind,[from],completed,[minutes],[position_years],[academic_credits],[count],[breaks],"
     "[housekeeping],[activity],[paid],[at_approved_program],[documented],[source],effective"},
    {"payments.csv", "pay", "id,ref,amount,method,dated,[received],[cycle]"},
    {"applications.csv", "submit", "id,effective"},
    {"approvals.csv", "approve", "id,effective"},
};

struct Fact {
  ImportLine line;
  std::string place;
  // Persons first, then by effective date, then by kind.
  std::tuple<bool, int, int, int, size_t> order;
};

struct Column {
  std::string name;
  bool optional = false;
};

std::vector<Column> ColumnsOf(const FileKind& kind) {
  std::vector<Column> columns;
  for (absl::string_view name : absl::StrSplit(kind.columns, ',')) {
    const bool optional = absl::ConsumePrefix(&name, "[") && absl::ConsumeSuffix(&name, "]");
    columns.push_back({std::string(name), optional});
  }
  return columns;
}

// INVALID_ARGUMENT unless the header names each needed column, each once, and no unknown one.
absl::Status CheckHeader(const FileKind& kind, const CsvRow& header) {
  const std::vector<Column> columns = ColumnsOf(kind);
  const auto fault = [&](absl::string_view what, absl::string_view name) {
    return absl::InvalidArgumentError(absl::StrCat(kind.name, ":", header.line, ": ", what,
                                                   " column \"", name,
                                                   "\"; the columns are: ", kind.columns));
  };
  for (size_t i = 0; i < header.cells.size(); ++i) {
    const std::string& name = header.cells[i];
    const auto named = [&](const Column& column) { return column.name == name; };
    if (std::none_of(columns.begin(), columns.end(), named)) return fault("unknown", name);
    const auto before = header.cells.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(header.cells.begin(), before, name) != before) return fault("repeated", name);
  }
  for (const Column& column : columns) {
    const bool there =
        std::find(header.cells.begin(), header.cells.end(), column.name) != header.cells.end();
    if (!there && !column.optional) return fault("missing", column.name);
  }
  return absl::OkStatus();
}

// The row as the fields of a scenario step: empty cells are absent.
YAML::Node FieldsOf(const CsvRow& header, const CsvRow& row) {
  YAML::Node fields(YAML::NodeType::Map);
  for (size_t i = 0; i < row.cells.size(); ++i) {
    if (!row.cells[i].empty()) fields[header.cells[i]] = row.cells[i];
  }
  return fields;
}

// Puts a command into a line; only those that a file has come here.
struct SetFact {
  void operator()(const api::v1::RegisterCertificantRequest& fact) {
    *line.mutable_certificant() = fact;
  }
  void operator()(const api::v1::RecordMembershipRequest& fact) {
    *line.mutable_membership() = fact;
  }
  void operator()(const api::v1::GrantCredentialRequest& fact) { *line.mutable_grant() = fact; }
  void operator()(const api::v1::RecordCreditRequest& fact) { *line.mutable_credit() = fact; }
  void operator()(const api::v1::RecordPaymentRequest& fact) { *line.mutable_payment() = fact; }
  void operator()(const api::v1::SubmitApplicationRequest& fact) {
    *line.mutable_application() = fact;
  }
  void operator()(const api::v1::ApproveApplicationRequest& fact) {
    *line.mutable_approval() = fact;
  }
  template <typename Other>
  void operator()(const Other&) {}

  ImportLine& line;
};

// The fact of a row. INVALID_ARGUMENT, as "message", where it is no command.
absl::StatusOr<Fact> ReadRow(size_t kind_index, const CsvRow& header, const CsvRow& row) {
  const FileKind& kind = kFileKinds[kind_index];
  if (row.cells.size() != header.cells.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the row has ", row.cells.size(), " cells, the header ", header.cells.size()));
  }
  FieldReader fields("", kind.action, FieldsOf(header, row));
  std::optional<When> effective;
  const std::optional<AnyCommand> command = ReadCommand(kind.action, fields, effective);
  if (fields.Has("effective")) effective = fields.DayOrMinute("effective");
  GS_RETURN_IF_ERROR(fields.Finish());
  const bool person = kind_index == 0;
  if (!effective && !person && absl::StrContains(kind.columns, ",effective")) {
    return absl::InvalidArgumentError("the field \"effective\" is missing");
  }
  Fact fact;
  std::visit(SetFact{fact.line}, *command);
  if (effective) *fact.line.mutable_effective_date() = effective->date;
  const type::v1::CivilDate& date = fact.line.effective_date();
  fact.order = {!person, date.year(), date.month(), date.day(), kind_index};
  return fact;
}

absl::Status ReadFile(const std::string& folder, size_t kind_index, std::vector<Fact>& facts,
                      ImportFiles& files) {
  const FileKind& kind = kFileKinds[kind_index];
  std::ifstream file(absl::StrCat(folder, "/", kind.name), std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return absl::NotFoundError(absl::StrCat(kind.name, " cannot be read"));
  const auto rows = ParseCsv(text.str());
  if (!rows.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(kind.name, ":", rows.status().message()));
  }
  if (rows->empty()) return absl::InvalidArgumentError(absl::StrCat(kind.name, ": has no header"));
  const CsvRow& header = rows->front();
  GS_RETURN_IF_ERROR(CheckHeader(kind, header));
  for (size_t i = 1; i < rows->size(); ++i) {
    const CsvRow& row = (*rows)[i];
    std::string place = absl::StrCat(kind.name, ":", row.line);
    absl::StatusOr<Fact> fact = ReadRow(kind_index, header, row);
    if (fact.ok()) {
      fact->place = std::move(place);
      facts.push_back(*std::move(fact));
    } else {
      files.faults.push_back({std::move(place), std::string(fact.status().message())});
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string ImportColumnsText() {
  return absl::StrJoin(kFileKinds, "\n", [](std::string* out, const FileKind& kind) {
    absl::StrAppend(out, "  ", kind.name, "\n      ", kind.columns);
  });
}

std::string ImportColumnOf(absl::string_view field) {
  constexpr std::pair<absl::string_view, absl::string_view> kColumns[] = {
      {"activity_id", "activity"},
      {"activity_kind", "kind"},
      {"amount.currency_code", "amount"},
      {"amount.position_years", "position_years"},
      {"amount.academic_credits", "academic_credits"},
      {"break_minutes", "breaks"},
      {"certificant_id", "id"},
      {"completed_date", "completed"},
      {"cycle_end_year", "cycle"},
      {"dated_date", "dated"},
      {"effective_date", "effective"},
      {"from_date", "from"},
      {"header.effective", "effective"},
      {"housekeeping_minutes", "housekeeping"},
      {"period", "from"},
      {"period.first_date", "from"},
      {"period.last_date", "through"},
      {"reference", "ref"},
  };
  absl::ConsumePrefix(&field, "credit.");
  for (const auto& [name, column] : kColumns) {
    if (name == field) return std::string(column);
  }
  return std::string(field);
}

absl::StatusOr<ImportFiles> ReadImportFolder(const std::string& folder) {
  ImportFiles files;
  std::vector<Fact> facts;
  bool any = false;
  for (size_t i = 0; i < std::size(kFileKinds); ++i) {
    if (!std::filesystem::exists(absl::StrCat(folder, "/", kFileKinds[i].name))) continue;
    any = true;
    GS_RETURN_IF_ERROR(ReadFile(folder, i, facts, files));
  }
  if (!any) {
    return absl::NotFoundError(
        absl::StrCat(folder, " has none of the files certificants.csv, grants.csv, …"));
  }
  std::stable_sort(facts.begin(), facts.end(),
                   [](const Fact& a, const Fact& b) { return a.order < b.order; });
  for (Fact& fact : facts) {
    fact.line.set_line(static_cast<int64_t>(files.lines.size()) + 1);
    files.lines.push_back(std::move(fact.line));
    files.places.push_back(std::move(fact.place));
  }
  return files;
}

}  // namespace goodstanding::tools

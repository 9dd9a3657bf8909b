#include "tools/field_reader.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/decimal.h"

namespace goodstanding::tools {

absl::Status FaultAt(absl::string_view file, const YAML::Node& node, absl::string_view message) {
  // A mapping that no file holds has no place.
  if (node.Mark().is_null()) return absl::InvalidArgumentError(message);
  return absl::InvalidArgumentError(absl::StrCat(file, ":", node.Mark().line + 1, ": ", message));
}

FieldReader::FieldReader(absl::string_view file, absl::string_view what, const YAML::Node& map)
    : file_(file), what_(what), map_(map) {
  if (!map.IsMap()) {
    status_ = FaultAt(file, map, absl::StrCat("\"", what, "\" must be a mapping {field: value}"));
    return;
  }
  for (const auto& entry : map) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (key.empty()) {
      if (status_.ok()) status_ = FaultAt(file, entry.first, "a field's name must be plain text");
    } else if (Has(key)) {
      if (status_.ok()) {
        status_ = FaultAt(file, entry.first, absl::StrCat("\"", key, "\" stands here twice"));
      }
    } else {
      entries_.emplace_back(key, entry.second);
    }
  }
}

const YAML::Node* FieldReader::Find(absl::string_view key) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.first == key; });
  return found == entries_.end() ? nullptr : &found->second;
}

bool FieldReader::Has(absl::string_view key) const { return Find(key) != nullptr; }

void FieldReader::Fault(absl::string_view key, absl::string_view message) {
  if (!status_.ok()) return;
  const YAML::Node* const node = Find(key);
  status_ = FaultAt(file_, node == nullptr ? map_ : *node, absl::StrCat(what_, ": ", message));
}

const YAML::Node* FieldReader::Take(absl::string_view key) {
  read_.emplace_back(key);
  const YAML::Node* const node = Find(key);
  if (node == nullptr) Fault(key, absl::StrCat("the field \"", key, "\" is missing"));
  return node;
}

const YAML::Node* FieldReader::TakeScalar(absl::string_view key) {
  const YAML::Node* const node = Take(key);
  if (node == nullptr || node->IsScalar()) return node;
  Fault(key, absl::StrCat("\"", key, "\" must be a single value"));
  return nullptr;
}

std::string FieldReader::Text(absl::string_view key) {
  const YAML::Node* const node = TakeScalar(key);
  return node == nullptr ? "" : node->Scalar();
}

type::v1::CivilDate FieldReader::Day(absl::string_view key) {
  const When when = DayOrMinute(key);
  if (when.minute_of_day) Fault(key, absl::StrCat("\"", key, "\" must be a day, YYYY-MM-DD"));
  return when.date;
}

When FieldReader::DayOrMinute(absl::string_view key) {
  const YAML::Node* const node = TakeScalar(key);
  if (node == nullptr) return When();
  const std::optional<When> when = When::Parse(node->Scalar());
  if (when) return *when;
  Fault(key, absl::StrCat("\"", key, "\" must be YYYY-MM-DD or \"YYYY-MM-DD HH:MM\", not \"",
                          node->Scalar(), "\""));
  return When();
}

int64_t FieldReader::Decimal(absl::string_view key) {
  const YAML::Node* const node = TakeScalar(key);
  if (node == nullptr) return 0;
  const std::optional<int64_t> value = ParseDecimal(node->Scalar());
  if (value) return *value;
  Fault(key, absl::StrCat("\"", key, "\" must be a number like \"37.50\", not \"", node->Scalar(),
                          "\""));
  return 0;
}

int FieldReader::Word(absl::string_view key,
                      const std::vector<std::pair<std::string, int>>& words) {
  const YAML::Node* const node = TakeScalar(key);
  if (node == nullptr) return 0;
  for (const auto& [word, number] : words) {
    if (node->Scalar() == word) return number;
  }
  Fault(key, absl::StrCat("\"", key, "\" must be one of ",
                          absl::StrJoin(words, ", ",
                                        [](std::string* out, const std::pair<std::string, int>& w) {
                                          out->append(w.first);
                                        }),
                          ", not \"", node->Scalar(), "\""));
  return 0;
}

std::vector<std::string> FieldReader::List(absl::string_view key, std::optional<size_t> size) {
  const YAML::Node* const node = Take(key);
  std::vector<std::string> list;
  if (node == nullptr) return std::vector<std::string>(size.value_or(0));
  if (node->IsSequence()) {
    for (const auto& element : *node) {
      if (!element.IsScalar()) Fault(key, absl::StrCat("\"", key, "\" must hold single values"));
      list.push_back(element.IsScalar() ? element.Scalar() : "");
    }
  }
  if (!node->IsSequence() || (size && list.size() != *size)) {
    Fault(key, absl::StrCat("\"", key, "\" must be a list",
                            size ? absl::StrCat(" of ", *size, " values") : ""));
  }
  if (size) list.resize(*size);
  return list;
}

std::vector<std::pair<std::string, std::string>> FieldReader::Map(absl::string_view key) {
  std::vector<std::pair<std::string, std::string>> map;
  for (const auto& [name, value] : Nodes(key)) {
    if (!value.IsScalar()) {
      Fault(key, absl::StrCat("\"", name, "\" in \"", key, "\" must be a single value"));
      continue;
    }
    map.emplace_back(name, value.Scalar());
  }
  return map;
}

std::vector<FieldReader::Entry> FieldReader::Nodes(absl::string_view key) {
  const YAML::Node* const node = Take(key);
  if (node == nullptr) return {};
  FieldReader inner(file_, key, *node);
  if (status_.ok()) status_ = inner.status_;
  return inner.entries_;
}

std::string FieldReader::TextOr(absl::string_view key, absl::string_view otherwise) {
  return Has(key) ? Text(key) : std::string(otherwise);
}

int64_t FieldReader::WholeOr(absl::string_view key, int64_t otherwise) {
  const YAML::Node* const node = Has(key) ? TakeScalar(key) : nullptr;
  if (node == nullptr) return otherwise;
  int64_t value = 0;
  if (absl::SimpleAtoi(node->Scalar(), &value)) return value;
  Fault(key, absl::StrCat("\"", key, "\" must be a whole number, not \"", node->Scalar(), "\""));
  return otherwise;
}

bool FieldReader::FlagOr(absl::string_view key, bool otherwise) {
  const YAML::Node* const node = Has(key) ? TakeScalar(key) : nullptr;
  if (node == nullptr) return otherwise;
  if (node->Scalar() == "true") return true;
  if (node->Scalar() == "false") return false;
  Fault(key, absl::StrCat("\"", key, "\" must be true or false, not \"", node->Scalar(), "\""));
  return otherwise;
}

absl::Status FieldReader::Finish() {
  for (const auto& [key, node] : entries_) {
    if (std::find(read_.begin(), read_.end(), key) == read_.end()) {
      Fault(key, absl::StrCat("there is no field \"", key, "\" here"));
    }
  }
  return status_;
}

}  // namespace goodstanding::tools

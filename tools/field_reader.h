// Reads the fields of a YAML mapping, one by one, with the line of whatever is wrong.
#ifndef GOODSTANDING_TOOLS_FIELD_READER_H_
#define GOODSTANDING_TOOLS_FIELD_READER_H_

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tools/when.h"

namespace goodstanding::tools {

// "FILE:LINE: message" as INVALID_ARGUMENT.
absl::Status FaultAt(absl::string_view file, const YAML::Node& node, absl::string_view message);

// The first fault is kept, and reading goes on with empty values: check Finish once at the end.
class FieldReader {
 public:
  using Entry = std::pair<std::string, YAML::Node>;

  // `what` names the mapping in messages, for example "pay". The file's name is not copied.
  FieldReader(absl::string_view file, absl::string_view what, const YAML::Node& map);

  // Whether the field is there.
  bool Has(absl::string_view key) const;

  // A required field. Any scalar is text.
  std::string Text(absl::string_view key);
  type::v1::CivilDate Day(absl::string_view key);
  When DayOrMinute(absl::string_view key);
  // A decimal with at most two places, in hundredths.
  int64_t Decimal(absl::string_view key);
  // The number of the word in a list of words with their numbers.
  int Word(absl::string_view key, const std::vector<std::pair<std::string, int>>& words);
  // Text of each element; exactly `size` of them, or any number where it is absent.
  std::vector<std::string> List(absl::string_view key, std::optional<size_t> size = std::nullopt);
  // Keys and scalars of a mapping, in order of the file.
  std::vector<std::pair<std::string, std::string>> Map(absl::string_view key);
  // Keys and values of a mapping, in order of the file.
  std::vector<Entry> Nodes(absl::string_view key);

  // An optional field.
  std::string TextOr(absl::string_view key, absl::string_view otherwise);
  int64_t WholeOr(absl::string_view key, int64_t otherwise);
  bool FlagOr(absl::string_view key, bool otherwise);

  // The field as it stands. nullptr, with a fault, where it is absent.
  const YAML::Node* Raw(absl::string_view key) { return Take(key); }

  // Records a fault on a field's line; on the mapping's own line where it is absent.
  void Fault(absl::string_view key, absl::string_view message);

  // The first fault; one for each field that nobody read.
  absl::Status Finish();

  // The entries as they stand in the file.
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  const YAML::Node* Find(absl::string_view key) const;
  // Marks the field as read. nullptr, with a fault, where it is absent.
  const YAML::Node* Take(absl::string_view key);
  const YAML::Node* TakeScalar(absl::string_view key);

  const absl::string_view file_;
  const std::string what_;
  const YAML::Node map_;
  std::vector<Entry> entries_;
  std::vector<std::string> read_;
  absl::Status status_;
};

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_FIELD_READER_H_

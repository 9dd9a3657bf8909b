#include "tools/rule_files.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "tools/shipped_rules.h"
#include "tools/text_file.h"

namespace goodstanding::tools {
namespace {

// Keeps the first error.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber, const std::string& message) override {
    if (message_.empty()) message_ = absl::StrCat(line + 1, ": ", message);
  }
  const std::string& message() const { return message_; }

 private:
  std::string message_;
};

}  // namespace

absl::StatusOr<type::v1::RuleSet> ParseRules(const std::string& file, const std::string& text) {
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  type::v1::RuleSet rules;
  if (parser.ParseFromString(text, &rules)) return rules;
  return absl::InvalidArgumentError(absl::StrCat(file, ":", error.message()));
}

absl::StatusOr<type::v1::RuleSet> ReadRules(const std::string& file) {
  GS_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(file));
  return ParseRules(file, text);
}

const type::v1::RuleSet& ShippedRules() {
  static const type::v1::RuleSet* const kRules = [] {
    const auto rules = ParseRules("namss-2025.textproto", kShippedRules);
    GS_CHECK(rules.ok());
    return new type::v1::RuleSet(*rules);
  }();
  return *kRules;
}

}  // namespace goodstanding::tools

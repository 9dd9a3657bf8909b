#include "tools/rule_source.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "tools/connection.h"
#include "tools/pages.h"
#include "tools/rule_files.h"

namespace goodstanding::tools {
namespace {

using RulebookStub = api::v1::RulebookService::Stub;
using type::v1::YearRange;

YearRange Years(int first, int last) {
  YearRange years;
  years.set_first_year(first);
  years.set_last_year(last);
  return years;
}

absl::StatusOr<api::v1::GetRuleSetResponse> GetRuleSet(const std::string& name, int64_t version,
                                                       int year, const Client& client) {
  api::v1::GetRuleSetRequest request;
  request.set_name(name);
  request.set_version(version);
  request.set_year(year);
  api::v1::GetRuleSetResponse response;
  GS_RETURN_IF_ERROR(
      FromCall(Call(client.rulebook(), &RulebookStub::GetRuleSet, request, response)));
  return response;
}

// The years that the rule set governs, cut wherever a correction begins or ends.
std::vector<YearRange> Cut(const type::v1::RuleSet& rules,
                           const std::vector<api::v1::RuleSetRevision>& revisions,
                           int64_t version) {
  std::vector<YearRange> governed(rules.years().begin(), rules.years().end());
  if (governed.empty()) governed.push_back(Years(kFirstYear, kLastYear));
  std::set<int> cuts;
  for (const api::v1::RuleSetRevision& revision : revisions) {
    if (revision.rule_set().version() > version || !revision.has_years()) continue;
    cuts.insert(revision.years().first_year());
    cuts.insert(revision.years().last_year() + 1);
  }
  std::vector<YearRange> pieces;
  for (const YearRange& range : governed) {
    int first = range.first_year();
    for (const int cut : cuts) {
      if (cut <= first || cut > range.last_year()) continue;
      pieces.push_back(Years(first, cut - 1));
      first = cut;
    }
    pieces.push_back(Years(first, range.last_year()));
  }
  return pieces;
}

bool LooksLikeFile(const std::string& text) {
  std::error_code ignored;
  return std::filesystem::exists(text, ignored) || text.find_first_of("/.") != std::string::npos;
}

}  // namespace

absl::StatusOr<YearRange> ReadYears(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '-');
  int first = 0;
  int last = 0;
  if (parts.size() <= 2 && absl::SimpleAtoi(parts.front(), &first) &&
      absl::SimpleAtoi(parts.back(), &last) && kFirstYear <= first && first <= last &&
      last <= kLastYear) {
    return Years(first, last);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", text, "\" are no years: give YEAR or FIRST-LAST, for example 2025 or 2025-2027"));
}

absl::StatusOr<std::vector<api::v1::RuleSetRevision>> ListRevisions(const std::string& name,
                                                                    const Client& client) {
  std::vector<api::v1::RuleSetRevision> revisions;
  const grpc::Status status =
      ForEachPage(client.rulebook(), &RulebookStub::ListRuleSets, api::v1::ListRuleSetsRequest(),
                  [&](const api::v1::ListRuleSetsResponse& page) {
                    for (const api::v1::RuleSetRevision& revision : page.revisions()) {
                      if (name.empty() || revision.rule_set().name() == name) {
                        revisions.push_back(revision);
                      }
                    }
                    return true;
                  });
  GS_RETURN_IF_ERROR(FromCall(status));
  return revisions;
}

absl::StatusOr<RuleSource> ReadPublished(const std::string& name, int64_t version,
                                         const Client& client) {
  GS_ASSIGN_OR_RETURN(const auto published, GetRuleSet(name, version, 0, client));
  GS_ASSIGN_OR_RETURN(const auto revisions, ListRevisions(name, client));
  RuleSource source;
  source.version = published.version();
  for (const YearRange& years : Cut(published.rule_set(), revisions, source.version)) {
    GS_ASSIGN_OR_RETURN(const auto piece,
                        GetRuleSet(name, source.version, years.first_year(), client));
    source.segments.push_back({years, piece.rule_set()});
  }
  return source;
}

absl::StatusOr<RuleSource> ReadSource(const std::string& text, const Client& client) {
  if (LooksLikeFile(text)) {
    GS_ASSIGN_OR_RETURN(type::v1::RuleSet rules, ReadRules(text));
    RuleSource source;
    for (const YearRange& years : Cut(rules, {}, 0)) source.segments.push_back({years, rules});
    return source;
  }
  GS_ASSIGN_OR_RETURN(const type::v1::RuleSetVersion version, ReadRuleSetVersion(text));
  return ReadPublished(version.name(), version.version(), client);
}

std::vector<YearsDifference> CompareSources(const RuleSource& before, const RuleSource& after) {
  std::vector<YearsDifference> all;
  for (const RuleSegment& a : before.segments) {
    for (const RuleSegment& b : after.segments) {
      const int first = std::max(a.years.first_year(), b.years.first_year());
      const int last = std::min(a.years.last_year(), b.years.last_year());
      if (first > last) continue;
      std::vector<RuleDifference> differences = CompareRules(a.rules, b.rules);
      if (differences.empty()) continue;
      if (!all.empty() && all.back().years.last_year() + 1 == first &&
          all.back().differences == differences) {
        all.back().years.set_last_year(last);
      } else {
        all.push_back({Years(first, last), std::move(differences)});
      }
    }
  }
  return all;
}

}  // namespace goodstanding::tools

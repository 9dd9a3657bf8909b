#include "domain/text.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "domain/refusal.h"

namespace goodstanding::domain {
namespace {

bool IsIdCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
}

bool IsReferenceCharacter(char c) { return c > ' ' && c <= '~'; }

// The size of the UTF-8 sequence at the front of `text`; 0 where it is none.
size_t SequenceSize(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) > 0x9F;
  const bool too_large = lead == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || too_large ? 0 : size;
}

bool IsPlainText(absl::string_view text) {
  while (!text.empty()) {
    const unsigned char c = static_cast<unsigned char>(text[0]);
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) return false;
    const size_t size = SequenceSize(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

absl::Status InvalidField(absl::string_view field, absl::string_view accepted) {
  return Refuse("INVALID_ARGUMENT", absl::StrCat(field, " must be ", accepted, "."), field);
}

}  // namespace

absl::Status CheckId(absl::string_view id, absl::string_view field) {
  constexpr size_t kMaxSize = 64;
  if (!id.empty() && id.size() <= kMaxSize && std::all_of(id.begin(), id.end(), IsIdCharacter)) {
    return absl::OkStatus();
  }
  return InvalidField(field, "1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'");
}

absl::Status CheckReference(absl::string_view text, size_t min, size_t max,
                            absl::string_view field) {
  if (text.size() >= min && text.size() <= max &&
      std::all_of(text.begin(), text.end(), IsReferenceCharacter)) {
    return absl::OkStatus();
  }
  return InvalidField(field,
                      absl::StrCat(min, " to ", max, " printable ASCII characters without spaces"));
}

absl::Status CheckText(absl::string_view text, size_t min, size_t max, absl::string_view field) {
  if (text.size() >= min && text.size() <= max && IsPlainText(text)) return absl::OkStatus();
  return InvalidField(
      field, absl::StrCat(min, " to ", max, " bytes of UTF-8 text without control characters"));
}

absl::Status CheckEmail(absl::string_view email, absl::string_view field) {
  constexpr size_t kMaxSize = 254;
  const size_t at = email.find('@');
  const bool one_at = at != absl::string_view::npos && at > 0 && at + 1 < email.size() &&
                      email.find('@', at + 1) == absl::string_view::npos;
  const bool no_space = std::none_of(email.begin(), email.end(), [](char c) {
    return absl::ascii_isspace(static_cast<unsigned char>(c));
  });
  if (one_at && no_space && email.size() <= kMaxSize && IsPlainText(email)) {
    return absl::OkStatus();
  }
  return InvalidField(field, "an e-mail address of at most 254 characters");
}

absl::Status CheckPeriod(Date from, Date through, absl::string_view field) {
  if (from <= through) return absl::OkStatus();
  return Refuse("INVALID_PERIOD",
                absl::StrCat("The period begins on ", from.ToString(), " and ends before it, on ",
                             through.ToString(), "."),
                field, {{"from", from.ToString()}, {"through", through.ToString()}});
}

absl::Status CheckNotInFuture(const Moment& effective, const Moment& now) {
  if (effective.micros <= now.micros) return absl::OkStatus();
  return Refuse("EFFECTIVE_IN_FUTURE",
                absl::StrCat("The fact would take place on ", effective.date.ToString(),
                             ", after the present moment; it can be recorded once it has."),
                "header.effective", {{"effective", effective.date.ToString()}});
}

}  // namespace goodstanding::domain

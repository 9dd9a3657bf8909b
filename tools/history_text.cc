#include "tools/history_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "goodstanding/type/v1/options.pb.h"
#include "tools/decimal.h"
#include "tools/when.h"
#include "tools/words.h"

namespace goodstanding::tools {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Words = std::vector<std::string>;

// "credit_source" for the enum CreditSource: what its values begin with.
std::string EnumText(const google::protobuf::EnumValueDescriptor& value) {
  std::string prefix;
  for (const char c : value.type()->name()) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isupper(byte) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(byte);
  }
  return std::string(absl::StripPrefix(value.name(), prefix + "_"));
}

std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "'"}}), "\"");
}

// The value of a message that reads as one word; empty for any other message.
std::string MessageText(const Message& message) {
  if (const auto* date = dynamic_cast<const type::v1::CivilDate*>(&message)) {
    return FormatDate(*date);
  }
  if (const auto* period = dynamic_cast<const type::v1::Period*>(&message)) return Days(*period);
  if (const auto* credits = dynamic_cast<const type::v1::CreditAmount*>(&message)) {
    return Format(*credits);
  }
  if (const auto* version = dynamic_cast<const type::v1::RuleSetVersion*>(&message)) {
    return Describe(*version);
  }
  if (const auto* years = dynamic_cast<const type::v1::YearRange*>(&message)) {
    return Describe(*years);
  }
  if (const auto* change = dynamic_cast<const type::v1::FigureChange*>(&message)) {
    return absl::StrCat(change->path(), "=", change->value());
  }
  if (const auto* rules = dynamic_cast<const type::v1::RuleSet*>(&message)) return rules->name();
  // A fact that is carried is read where it was recorded.
  if (const auto* fact = dynamic_cast<const event::v1::CarriedFact*>(&message)) {
    return absl::StrCat(fact->position());
  }
  if (const auto* name = dynamic_cast<const event::v1::RenamedReference*>(&message)) {
    return absl::StrCat(name->merged_reference(), "=", name->reference());
  }
  if (const auto* payment = dynamic_cast<const event::v1::SettledPayment*>(&message)) {
    return absl::StrCat(payment->reference(), "=", payment->cycle_end_year());
  }
  return "";
}

// "name=value" of a field that is one word; amounts are stored in their smallest unit.
std::string Word(const FieldDescriptor& field, const std::string& value) {
  absl::string_view name = field.name();
  if (!absl::ConsumeSuffix(&name, "_date")) absl::ConsumeSuffix(&name, "_minor_units");
  absl::ConsumeSuffix(&name, "_hundredths");
  return absl::StrCat(name, "=", value);
}

std::string NumberText(const FieldDescriptor& field, int64_t number) {
  const bool decimal =
      absl::EndsWith(field.name(), "_minor_units") || absl::EndsWith(field.name(), "_hundredths");
  return decimal ? FormatDecimal(number) : absl::StrCat(number);
}

// Personal fields are text once they are opened; all other bytes are hashes and the like.
std::string BytesText(const FieldDescriptor& field, const std::string& bytes) {
  return field.options().GetExtension(type::v1::personal) ? Quoted(bytes)
                                                          : absl::BytesToHexString(bytes);
}

// The value of a field that is no message and not repeated.
std::string ScalarText(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return NumberText(field, reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return NumberText(field, reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return YesNo(reflection.GetBool(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(*reflection.GetEnum(message, &field));
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = reflection.GetString(message, &field);
      if (field.type() == FieldDescriptor::TYPE_BYTES) return BytesText(field, text);
      return absl::StrContains(text, ' ') ? Quoted(text) : text;
    }
    default:
      return "";
  }
}

std::string RepeatedText(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  Words words;
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    words.push_back(field.message_type() == nullptr
                        ? reflection.GetRepeatedString(message, &field, i)
                        : MessageText(reflection.GetRepeatedMessage(message, &field, i)));
  }
  return absl::StrJoin(words, ",");
}

// The words of a message's fields; those of a message inside it (an amount, fees, the basis of a
// decision) stand among them.
void AddWords(const Message& message, Words& words) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* const field : fields) {
    if (field->is_repeated()) {
      words.push_back(Word(*field, RepeatedText(message, *field)));
    } else if (field->message_type() == nullptr) {
      words.push_back(Word(*field, ScalarText(message, *field)));
    } else {
      const Message& inner = reflection.GetMessage(message, field);
      const std::string text = MessageText(inner);
      if (text.empty()) {
        AddWords(inner, words);
      } else {
        words.push_back(Word(*field, text));
      }
    }
  }
}

const Message* PayloadOf(const api::v1::HistoryEvent& event) {
  switch (event.payload_case()) {
    case api::v1::HistoryEvent::kCertificant:
      return &event.certificant();
    case api::v1::HistoryEvent::kActivity:
      return &event.activity();
    case api::v1::HistoryEvent::kRuleSet:
      return &event.rule_set();
    case api::v1::HistoryEvent::kLog:
      return &event.log();
    case api::v1::HistoryEvent::PAYLOAD_NOT_SET:
      break;
  }
  return nullptr;
}

// "staff-7", or "portal for ana" where it acted for somebody.
std::string By(const event::v1::Actor& actor) {
  if (actor.on_behalf_of_subject().empty()) return actor.subject();
  return absl::StrCat(actor.subject(), " for ", actor.on_behalf_of_subject());
}

}  // namespace

std::string Details(const api::v1::HistoryEvent& event) {
  Words words;
  const Message* const payload = PayloadOf(event);
  if (payload != nullptr) AddWords(*payload, words);
  if (event.erased()) words.emplace_back("(erased)");
  if (event.record().causation_position() > 0) {
    words.push_back(absl::StrCat("cause=", event.record().causation_position()));
  }
  if (event.record().has_arrival()) words.emplace_back("(arrived before, shed by overload)");
  if (event.annulment_position() > 0) {
    words.push_back(absl::StrCat("(annulled at ", event.annulment_position(), ")"));
  }
  return absl::StrJoin(words, " ");
}

std::string EventsText(const std::vector<api::v1::HistoryEvent>& events,
                       const services::BoardTime& zone, bool first, const Style& style) {
  using Align = Table::Align;
  Table table({{"Position", Align::kRight, 8},
               {"Recorded", Align::kLeft, 16},
               {"Effective", Align::kLeft, 16},
               {"Stream", Align::kLeft, 24},
               {"Event", Align::kLeft, 22},
               {"By", Align::kLeft, 10},
               {"Details"}});
  for (const api::v1::HistoryEvent& event : events) {
    const auto minute = [&](int64_t micros) {
      return FormatMinute(absl::FromUnixMicros(micros), zone);
    };
    const event::v1::Record& record = event.record();
    table.AddRow({absl::StrCat(record.position()), minute(record.recorded_micros()),
                  minute(record.effective_micros()), record.stream(), record.kind(),
                  By(record.actor()), Details(event)});
  }
  return table.Render(style, first);
}

}  // namespace goodstanding::tools

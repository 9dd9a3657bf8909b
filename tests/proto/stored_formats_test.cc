// What was ever stored stays readable: each event kind has golden bytes, made once with every field
// set. A field that is renumbered, retyped or dropped no longer finds its value in them.
//
// A new kind needs a golden file; the failing test prints its bytes. Files are never changed.
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "goodstanding/event/v1/activity_event.pb.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "goodstanding/event/v1/command_answer.pb.h"
#include "goodstanding/event/v1/log_event.pb.h"
#include "goodstanding/event/v1/record.pb.h"
#include "goodstanding/event/v1/rule_set_event.pb.h"
#include "goodstanding/type/v1/options.pb.h"
#include "gtest/gtest.h"

namespace goodstanding {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The value of a field in golden bytes follows from its name.
int64_t NumberOf(const FieldDescriptor& field) {
  int64_t number = 1;
  for (const char letter : field.name()) number = (number * 31 + letter) % 1'000'003;
  return number + 1;
}

void Fill(Message& message, int depth);

void SetField(const FieldDescriptor& field, Message& message, int depth) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      field.is_repeated() ? reflection.AddString(&message, &field, field.name())
                          : reflection.SetString(&message, &field, field.name());
      return;
    case FieldDescriptor::CPPTYPE_INT32:
      field.is_repeated()
          ? reflection.AddInt32(&message, &field, static_cast<int32_t>(NumberOf(field)))
          : reflection.SetInt32(&message, &field, static_cast<int32_t>(NumberOf(field)));
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      field.is_repeated() ? reflection.AddInt64(&message, &field, NumberOf(field))
                          : reflection.SetInt64(&message, &field, NumberOf(field));
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      reflection.SetBool(&message, &field, true);
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      field.is_repeated() ? reflection.AddEnumValue(&message, &field, 1)
                          : reflection.SetEnumValue(&message, &field, 1);
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (depth == 0) return;
      Fill(field.is_repeated() ? *reflection.AddMessage(&message, &field)
                               : *reflection.MutableMessage(&message, &field),
           depth - 1);
      return;
    default:
      FAIL() << field.full_name() << " has a type that no stored message uses";
  }
}

// Sets every field, and the first one of each oneof.
void Fill(Message& message, int depth) {
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const auto* const oneof = field.real_containing_oneof();
    if (oneof != nullptr && oneof->field(0) != &field) continue;
    SetField(field, message, depth);
  }
}

constexpr int kDepth = 4;

// Every field that the golden message has holds the value of its name.
void ExpectOwnValues(const Message& golden, int depth) {
  EXPECT_TRUE(golden.GetReflection()->GetUnknownFields(golden).empty())
      << golden.GetTypeName() << " has lost a field";
  std::vector<const FieldDescriptor*> present;
  golden.GetReflection()->ListFields(golden, &present);
  EXPECT_FALSE(present.empty() && golden.GetDescriptor()->field_count() > 0)
      << golden.GetTypeName();
  std::unique_ptr<Message> expected(golden.New());
  for (const FieldDescriptor* field : present) SetField(*field, *expected, depth);
  // Fields that came later are not in the golden bytes; at every level the rest is equal.
  for (const FieldDescriptor* field : present) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (depth == 0) continue;
      const Reflection& reflection = *golden.GetReflection();
      ExpectOwnValues(field->is_repeated() ? reflection.GetRepeatedMessage(golden, field, 0)
                                           : reflection.GetMessage(golden, field),
                      depth - 1);
      expected->GetReflection()->ClearField(expected.get(), field);
    }
  }
  std::unique_ptr<Message> scalars(golden.New());
  scalars->CopyFrom(golden);
  for (const FieldDescriptor* field : present) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      scalars->GetReflection()->ClearField(scalars.get(), field);
    }
  }
  EXPECT_EQ(scalars->DebugString(), expected->DebugString()) << golden.GetTypeName();
}

std::string GoldenBytes(const std::string& name) {
  std::ifstream file(absl::StrCat(GOODSTANDING_GOLDEN_DIR, "/", name, ".hex"));
  std::stringstream text;
  text << file.rdbuf();
  return absl::HexStringToBytes(absl::StrReplaceAll(text.str(), {{"\n", ""}}));
}

void ExpectGolden(const std::string& name, const Message& filled) {
  const std::string bytes = GoldenBytes(name);
  if (bytes.empty()) {
    ADD_FAILURE() << "no golden file " << name << ".hex; its bytes today:\n"
                  << absl::BytesToHexString(filled.SerializeAsString());
    return;
  }
  std::unique_ptr<Message> golden(filled.New());
  ASSERT_TRUE(golden->ParseFromString(bytes)) << name;
  EXPECT_EQ(golden->SerializeAsString(), bytes) << name;
  ExpectOwnValues(*golden, kDepth);
}

// One message a kind of the stream's oneof.
template <typename StreamEvent>
void ExpectGoldenKinds(const std::string& prefix) {
  const auto& kinds = *StreamEvent::descriptor()->oneof_decl(0);
  for (int i = 0; i < kinds.field_count(); ++i) {
    StreamEvent event;
    SetField(*kinds.field(i), event, kDepth);
    const Message& payload = event.GetReflection()->GetMessage(event, kinds.field(i));
    ExpectGolden(absl::StrCat(prefix, "_", kinds.field(i)->name()), event);
    EXPECT_EQ(payload.GetTypeName(),
              absl::StrCat("goodstanding.event.v1.", kinds.field(i)->message_type()->name()));
  }
}

TEST(StoredFormats, CertificantEvents) {
  ExpectGoldenKinds<event::v1::CertificantEvent>("certificant");
}

TEST(StoredFormats, ActivityEvents) { ExpectGoldenKinds<event::v1::ActivityEvent>("activity"); }

TEST(StoredFormats, RuleSetEvents) { ExpectGoldenKinds<event::v1::RuleSetEvent>("rule_set"); }

TEST(StoredFormats, LogEvents) { ExpectGoldenKinds<event::v1::LogEvent>("log"); }

TEST(StoredFormats, Record) {
  event::v1::Record record;
  Fill(record, kDepth);
  ExpectGolden("record", record);
}

TEST(StoredFormats, CommandAnswer) {
  event::v1::CommandAnswer answer;
  Fill(answer, kDepth);
  ExpectGolden("command_answer", answer);
}

// --- Personal fields.

void CheckMarks(const Descriptor& type) {
  for (int i = 0; i < type.nested_type_count(); ++i) CheckMarks(*type.nested_type(i));
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) continue;
    EXPECT_TRUE(field.options().HasExtension(type::v1::personal))
        << field.full_name() << " does not say whether it is personal";
    if (field.options().GetExtension(type::v1::personal)) {
      EXPECT_EQ(field.type(), FieldDescriptor::TYPE_BYTES)
          << field.full_name() << " holds ciphertext, which is no UTF-8";
    }
  }
}

TEST(StoredFormats, EveryTextSaysWhetherItIsPersonal) {
  for (const FileDescriptor* file :
       {event::v1::CertificantEvent::descriptor()->file(),
        event::v1::ActivityEvent::descriptor()->file(), event::v1::LogEvent::descriptor()->file(),
        event::v1::RuleSetEvent::descriptor()->file(), event::v1::Record::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i) CheckMarks(*file->message_type(i));
  }
}

// Names, addresses and free text about a person: a new one of these names must be sealed, too.
TEST(StoredFormats, WhatIsAlwaysPersonalIsMarked) {
  const FileDescriptor& file = *event::v1::CertificantEvent::descriptor()->file();
  int marked = 0;
  for (int i = 0; i < file.message_type_count(); ++i) {
    for (const char* name : {"display_name", "name", "email", "reason", "note", "file_name"}) {
      const FieldDescriptor* const field = file.message_type(i)->FindFieldByName(name);
      if (field == nullptr) continue;
      EXPECT_TRUE(field->options().GetExtension(type::v1::personal)) << field->full_name();
      ++marked;
    }
  }
  EXPECT_GT(marked, 3);
}

}  // namespace
}  // namespace goodstanding

#include "eventstore/seal.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/status_macros.h"
#include "goodstanding/type/v1/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace goodstanding::eventstore {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Replaces a personal text, which stands at a path, by another.
using Change = std::function<absl::StatusOr<std::string>(const std::vector<int32_t>& path,
                                                         const std::string& text)>;

bool IsPersonal(const FieldDescriptor& field) {
  return field.type() == FieldDescriptor::TYPE_BYTES &&
         field.options().GetExtension(type::v1::personal);
}

absl::Status ChangeTexts(const FieldDescriptor& field, const std::vector<int32_t>& path,
                         const Change& change, Message* message) {
  const Reflection& reflection = *message->GetReflection();
  if (!field.is_repeated()) {
    const std::string text = reflection.GetString(*message, &field);
    if (text.empty()) return absl::OkStatus();
    GS_ASSIGN_OR_RETURN(std::string changed, change(path, text));
    reflection.SetString(message, &field, std::move(changed));
    return absl::OkStatus();
  }
  for (int i = 0; i < reflection.FieldSize(*message, &field); ++i) {
    const std::string text = reflection.GetRepeatedString(*message, &field, i);
    if (text.empty()) continue;
    GS_ASSIGN_OR_RETURN(std::string changed, change(path, text));
    reflection.SetRepeatedString(message, &field, i, std::move(changed));
  }
  return absl::OkStatus();
}

// Goes as deep as the message's type does: no stored type contains itself.
absl::Status ChangePersonalFields(const Change& change, std::vector<int32_t>* path,
                                  Message* message) {
  const Reflection& reflection = *message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    path->push_back(field->number());
    if (IsPersonal(*field)) {
      GS_RETURN_IF_ERROR(ChangeTexts(*field, *path, change, message));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field->is_repeated()) {
      for (int i = 0; i < reflection.FieldSize(*message, field); ++i) {
        GS_RETURN_IF_ERROR(ChangePersonalFields(
            change, path, reflection.MutableRepeatedMessage(message, field, i)));
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      GS_RETURN_IF_ERROR(
          ChangePersonalFields(change, path, reflection.MutableMessage(message, field)));
    }
    path->pop_back();
  }
  return absl::OkStatus();
}

// The kind's message: the one member of a stream event, or the message itself. nullptr where the
// stream event is unset.
Message* KindMessage(Message* message) {
  const google::protobuf::OneofDescriptor* const event =
      message->GetDescriptor()->FindOneofByName("event");
  if (event == nullptr) return message;
  const Reflection& reflection = *message->GetReflection();
  const FieldDescriptor* const member = reflection.GetOneofFieldDescriptor(*message, event);
  return member == nullptr ? nullptr : reflection.MutableMessage(message, member);
}

absl::Status ChangeAll(const Change& change, Message* message) {
  Message* const fact = KindMessage(message);
  if (fact == nullptr) return absl::OkStatus();
  std::vector<int32_t> path;
  return ChangePersonalFields(change, &path, fact);
}

}  // namespace

absl::Status SealPersonalFields(KeyStore& keys, absl::string_view stream, absl::string_view kind,
                                Message* message) {
  return ChangeAll(
      [&](const std::vector<int32_t>& path, const std::string& text) {
        return keys.Seal({.stream = stream, .kind = kind, .path = path}, text);
      },
      message);
}

absl::StatusOr<bool> OpenPersonalFields(KeyStore& keys, absl::string_view stream,
                                        absl::string_view kind, Message* message) {
  bool erased = false;
  const Change open = [&](const std::vector<int32_t>& path,
                          const std::string& text) -> absl::StatusOr<std::string> {
    absl::StatusOr<std::string> opened =
        keys.Unseal({.stream = stream, .kind = kind, .path = path}, text);
    if (!absl::IsNotFound(opened.status())) return opened;
    erased = true;
    return std::string();
  };
  GS_RETURN_IF_ERROR(ChangeAll(open, message));
  return erased;
}

void ClearPersonalFields(Message* message) {
  const Change clear = [](const std::vector<int32_t>&, const std::string&) {
    return std::string();
  };
  GS_CHECK(ChangeAll(clear, message).ok());
}

}  // namespace goodstanding::eventstore

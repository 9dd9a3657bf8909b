#include "services/reflection_service.h"

#include <set>
#include <utility>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"

namespace goodstanding::services {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

const DescriptorPool& Pool() { return *DescriptorPool::generated_pool(); }

// One conversation, with the messages of either version.
template <typename Request, typename Response>
class Conversation final : public StreamEvents {
 public:
  using Call = StreamCall<grpc::ServerAsyncReaderWriter<Response, Request>>;

  Conversation(Call& call, const std::vector<std::string>& services)
      : call_(call), services_(services) {
    call_.Read(request_);
  }

  void OnRead(bool ok) override {
    if (!ok) return call_.Finish(absl::OkStatus());
    response_.Clear();
    *response_.mutable_original_request() = request_;
    response_.set_valid_host(request_.host());
    Answer();
    call_.Write(response_);
  }

  void OnWritten(bool ok) override {
    if (!ok) return call_.Finish(absl::CancelledError("The caller has gone."));
    call_.Read(request_);
  }

  void OnEnded() override { delete this; }

 private:
  void Answer() {
    switch (request_.message_request_case()) {
      case Request::kFileByFilename:
        return AnswerFile(Pool().FindFileByName(request_.file_by_filename()));
      case Request::kFileContainingSymbol:
        return AnswerFile(Pool().FindFileContainingSymbol(request_.file_containing_symbol()));
      case Request::kFileContainingExtension:
        return AnswerExtension();
      case Request::kAllExtensionNumbersOfType:
        return AnswerExtensionNumbers();
      case Request::kListServices: {
        auto& list = *response_.mutable_list_services_response();
        for (const std::string& name : services_) list.add_service()->set_name(name);
        return;
      }
      default:
        return AnswerError(grpc::StatusCode::INVALID_ARGUMENT, "The request asks for nothing.");
    }
  }

  void AnswerExtension() {
    const auto& wanted = request_.file_containing_extension();
    const Descriptor* const type = Pool().FindMessageTypeByName(wanted.containing_type());
    const FieldDescriptor* const field =
        type == nullptr ? nullptr : Pool().FindExtensionByNumber(type, wanted.extension_number());
    AnswerFile(field == nullptr ? nullptr : field->file());
  }

  void AnswerExtensionNumbers() {
    const std::string& name = request_.all_extension_numbers_of_type();
    const Descriptor* const type = Pool().FindMessageTypeByName(name);
    if (type == nullptr) return AnswerError(grpc::StatusCode::NOT_FOUND, "No such type.");
    std::vector<const FieldDescriptor*> extensions;
    Pool().FindAllExtensions(type, &extensions);
    auto& numbers = *response_.mutable_all_extension_numbers_response();
    numbers.set_base_type_name(name);
    for (const FieldDescriptor* const field : extensions) {
      numbers.add_extension_number(field->number());
    }
  }

  // The file and all that it imports, but what this caller was sent before.
  void AnswerFile(const FileDescriptor* file) {
    if (file == nullptr) return AnswerError(grpc::StatusCode::NOT_FOUND, "No such file or symbol.");
    auto& files = *response_.mutable_file_descriptor_response();
    std::vector<const FileDescriptor*> open = {file};
    while (!open.empty()) {
      const FileDescriptor* const next = open.back();
      open.pop_back();
      if (!sent_.insert(next).second && next != file) continue;
      google::protobuf::FileDescriptorProto proto;
      next->CopyTo(&proto);
      *files.add_file_descriptor_proto() = proto.SerializeAsString();
      for (int i = 0; i < next->dependency_count(); ++i) open.push_back(next->dependency(i));
    }
  }

  void AnswerError(grpc::StatusCode code, const std::string& message) {
    response_.mutable_error_response()->set_error_code(code);
    response_.mutable_error_response()->set_error_message(message);
  }

  Call& call_;
  const std::vector<std::string>& services_;
  std::set<const FileDescriptor*> sent_;
  Request request_;
  Response response_;
};

template <typename Response, typename Request, typename Service, typename Accept>
void ServeConversations(Loop& loop, Service& service, Accept accept,
                        const std::vector<std::string>& services) {
  loop.Serve(service, accept, [&services](auto& call) {
    call.Listen(*new Conversation<Request, Response>(call, services));
  });
}

}  // namespace

void ReflectionMethods::Serve(Loop& loop) {
  namespace v1 = grpc::reflection::v1;
  namespace v1alpha = grpc::reflection::v1alpha;
  ServeConversations<v1::ServerReflectionResponse, v1::ServerReflectionRequest>(
      loop, v1_, &v1::ServerReflection::AsyncService::RequestServerReflectionInfo, services_);
  ServeConversations<v1alpha::ServerReflectionResponse, v1alpha::ServerReflectionRequest>(
      loop, v1alpha_, &v1alpha::ServerReflection::AsyncService::RequestServerReflectionInfo,
      services_);
}

}  // namespace goodstanding::services

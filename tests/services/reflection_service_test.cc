#include "services/reflection_service.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using ::google::protobuf::FileDescriptorProto;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct V1 {
  using Service = ::grpc::reflection::v1::ServerReflection;
  using Request = ::grpc::reflection::v1::ServerReflectionRequest;
  using Response = ::grpc::reflection::v1::ServerReflectionResponse;
};
struct V1Alpha {
  using Service = ::grpc::reflection::v1alpha::ServerReflection;
  using Request = ::grpc::reflection::v1alpha::ServerReflectionRequest;
  using Response = ::grpc::reflection::v1alpha::ServerReflectionResponse;
};

// One conversation with a complete server.
template <typename Version>
class ReflectionTest : public ServiceTest {
 protected:
  using Request = typename Version::Request;
  using Response = typename Version::Response;

  ReflectionTest()
      : stub_(Version::Service::NewStub(caller().channel())),
        stream_(stub_->ServerReflectionInfo(&context_)) {}

  ~ReflectionTest() override {
    stream_->WritesDone();
    EXPECT_TRUE(stream_->Finish().ok());
  }

  Response Ask(const Request& request) {
    Response response;
    EXPECT_TRUE(stream_->Write(request));
    EXPECT_TRUE(stream_->Read(&response));
    EXPECT_EQ(response.original_request().SerializeAsString(), request.SerializeAsString());
    return response;
  }

  // The files that an answer holds.
  static std::vector<FileDescriptorProto> FilesOf(const Response& response) {
    std::vector<FileDescriptorProto> files;
    for (const std::string& bytes : response.file_descriptor_response().file_descriptor_proto()) {
      EXPECT_TRUE(files.emplace_back().ParseFromString(bytes));
    }
    return files;
  }

  static std::set<std::string> NamesOf(const std::vector<FileDescriptorProto>& files) {
    std::set<std::string> names;
    for (const FileDescriptorProto& file : files) names.insert(file.name());
    EXPECT_EQ(names.size(), files.size()) << "a file twice";
    return names;
  }

  Response AskForSymbol(const std::string& symbol) {
    Request request;
    request.set_file_containing_symbol(symbol);
    return Ask(request);
  }

 private:
  std::unique_ptr<typename Version::Service::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<Request, Response>> stream_;
};

using Versions = ::testing::Types<V1, V1Alpha>;
TYPED_TEST_SUITE(ReflectionTest, Versions);

TYPED_TEST(ReflectionTest, ListsTheServices) {
  typename TypeParam::Request request;
  request.set_host("a.board.example");
  request.set_list_services("");
  const auto response = this->Ask(request);
  EXPECT_EQ(response.valid_host(), "a.board.example");
  std::vector<std::string> names;
  for (const auto& service : response.list_services_response().service()) {
    names.push_back(service.name());
  }
  EXPECT_THAT(names,
              UnorderedElementsAre(
                  "goodstanding.api.v1.CommandService", "goodstanding.api.v1.QueryService",
                  "goodstanding.api.v1.HistoryService", "goodstanding.api.v1.LogService",
                  "goodstanding.api.v1.RulebookService", "goodstanding.api.v1.OperationsService",
                  "goodstanding.api.v1.EvidenceService", "grpc.health.v1.Health"));
}

// What a client does: it asks for a service, and builds the messages from the answers alone.
TYPED_TEST(ReflectionTest, AServiceComesWithAllThatItImports) {
  google::protobuf::SimpleDescriptorDatabase database;
  std::set<std::string> sent;
  for (const char* name :
       {"goodstanding.api.v1.CommandService", "goodstanding.api.v1.QueryService",
        "goodstanding.api.v1.HistoryService", "goodstanding.api.v1.LogService",
        "goodstanding.api.v1.RulebookService", "goodstanding.api.v1.OperationsService",
        "goodstanding.api.v1.EvidenceService", "grpc.health.v1.Health"}) {
    SCOPED_TRACE(name);
    for (const FileDescriptorProto& file : this->FilesOf(this->AskForSymbol(name))) {
      EXPECT_TRUE(sent.insert(file.name()).second) << file.name() << " was sent before";
      database.Add(file);
    }
    const google::protobuf::DescriptorPool pool(&database);
    const auto* const service = pool.FindServiceByName(name);
    ASSERT_NE(service, nullptr);
    EXPECT_GT(service->method_count(), 0);
  }
}

TYPED_TEST(ReflectionTest, AFileIsFoundByEachOfItsNames) {
  constexpr char kFile[] = "goodstanding/type/v1/options.proto";
  typename TypeParam::Request by_name;
  by_name.set_file_by_filename(kFile);
  EXPECT_THAT(this->NamesOf(this->FilesOf(this->Ask(by_name))), ::testing::Contains(kFile));
  // What was asked for comes again, without its imports.
  EXPECT_THAT(this->NamesOf(this->FilesOf(this->Ask(by_name))), ::testing::ElementsAre(kFile));

  const auto* const file =
      google::protobuf::DescriptorPool::generated_pool()->FindFileByName(kFile);
  ASSERT_GT(file->extension_count(), 0);
  const auto* const extension = file->extension(0);
  const std::string extended = extension->containing_type()->full_name();
  EXPECT_THAT(this->NamesOf(this->FilesOf(this->AskForSymbol(extension->full_name()))),
              ::testing::ElementsAre(kFile));
  typename TypeParam::Request by_extension;
  by_extension.mutable_file_containing_extension()->set_containing_type(extended);
  by_extension.mutable_file_containing_extension()->set_extension_number(extension->number());
  EXPECT_THAT(this->NamesOf(this->FilesOf(this->Ask(by_extension))), ::testing::ElementsAre(kFile));

  typename TypeParam::Request numbers;
  numbers.set_all_extension_numbers_of_type(extended);
  const auto response = this->Ask(numbers);
  EXPECT_EQ(response.all_extension_numbers_response().base_type_name(), extended);
  EXPECT_THAT(response.all_extension_numbers_response().extension_number(),
              ::testing::Contains(extension->number()));
}

TYPED_TEST(ReflectionTest, WhatIsNotThereIsSaidAndTheConversationGoesOn) {
  std::vector<typename TypeParam::Request> absent(4);
  absent[0].set_file_by_filename("no/such.proto");
  absent[1].set_file_containing_symbol("no.such.Symbol");
  absent[2].mutable_file_containing_extension()->set_containing_type("no.such.Type");
  absent[3].set_all_extension_numbers_of_type("no.such.Type");
  for (const auto& request : absent) {
    EXPECT_EQ(this->Ask(request).error_response().error_code(), grpc::StatusCode::NOT_FOUND)
        << request.ShortDebugString();
  }
  EXPECT_EQ(this->Ask(typename TypeParam::Request()).error_response().error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(this->FilesOf(this->AskForSymbol("grpc.health.v1.Health")),
              ::testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace goodstanding::services

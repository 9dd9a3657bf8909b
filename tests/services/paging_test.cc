// Lists, page by page: the same list whatever the page size, and no way in with another token.
#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using google::protobuf::Message;
using ::testing::SizeIs;

// The only repeated field of a response, as texts.
std::vector<std::string> ItemsOf(const Message& response) {
  std::vector<std::string> items;
  const auto* const type = response.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* const field = type->field(i);
    if (!field->is_repeated()) continue;
    for (int k = 0; k < response.GetReflection()->FieldSize(response, field); ++k) {
      items.push_back(
          response.GetReflection()->GetRepeatedMessage(response, field, k).ShortDebugString());
    }
  }
  return items;
}

std::string StringField(const Message& message, const char* name) {
  return message.GetReflection()->GetString(message,
                                            message.GetDescriptor()->FindFieldByName(name));
}

void SetPage(int32_t size, const std::string& token, Message& request) {
  const auto* const type = request.GetDescriptor();
  request.GetReflection()->SetInt32(&request, type->FindFieldByName("page_size"), size);
  request.GetReflection()->SetString(&request, type->FindFieldByName("page_token"), token);
}

struct List {
  const char* method;
  const char* request;
  size_t count;  // Items that it has.
};

constexpr List kLists[] = {
    {"ListGoodStanding", "", 9},
    {"ListGoodStanding", "as_of_date { year: 2025 month: 1 day: 1 }", 9},
    {"ListGoodStanding", "known_at { date { year: 2025 month: 9 day: 15 } }", 9},
    {"ListGoodStanding", "as_of_date { year: 2026 month: 2 day: 1 }", 0},
    {"ListDue", "year: 2025", 9},
    {"ListDue", "year: 2025 as_of_date { year: 2025 month: 1 day: 1 }", 9},
    {"ListDue", "year: 2025 as_of_date { year: 2026 month: 6 day: 30 }", 9},
    {"ListDue", "year: 2026", 0},
    {"ListActivities", "", 7},
    {"ListEvents", "", 28},
    {"ListEvents", "order: EVENT_ORDER_DESCENDING", 28},
    {"ListEvents", "start_position: 20", 9},
    {"ListEvents", "start_position: 20 order: EVENT_ORDER_DESCENDING", 20},
    {"ListEvents", "start_position: 999", 0},
    {"ListEvents", "start_position: 999 order: EVENT_ORDER_DESCENDING", 28},
    {"ListCertificantEvents", "certificant_id: 'p0'", 2},
    {"ListCertificantEvents", "certificant_id: 'p0' order: EVENT_ORDER_DESCENDING", 2},
    {"ListRuleSets", "", 3},
};

class PagingTest : public ServiceTest {
 protected:
  PagingTest() {
    for (int i = 0; i < 9; ++i) Certify(absl::StrCat("p", i));
    for (int i = 0; i < 7; ++i) {
      Do("ApproveActivity", absl::StrCat("activity_id: 'act-", i,
                                         "' sponsor: 's' title: 't' credits { hundredths: 1 }",
                                         " period { first_date { year: 2025 month: 1 day: 1 }"
                                         " last_date { year: 2025 month: 2 day: 1 } }"));
    }
    for (const char* value : {"60.00", "70.00"}) {
      Do("CorrectRuleSet",
         absl::StrCat("name: 'namss-2025' reason: 'r' years { first_year: 2040 last_year: 2040 }",
                      " changes { path: 'fees.late' value: '", value, "' }"));
    }
  }

  struct Page {
    grpc::Status status;
    std::vector<std::string> items;
    std::string next;
  };

  Page Get(const List& list, int32_t size, const std::string& token) {
    const auto request = RequestOf(list.method, list.request);
    SetPage(size, token, *request);
    const auto* const type =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
            absl::StrCat("goodstanding.api.v1.", list.method, "Response"));
    const std::unique_ptr<Message> response(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    Page page;
    page.status = caller().Call(*request, response.get());
    page.items = ItemsOf(*response);
    page.next = StringField(*response, "next_page_token");
    return page;
  }

  // All items, in pages of a size.
  std::vector<std::string> GetAll(const List& list, int32_t size) {
    std::vector<std::string> items;
    std::string token;
    do {
      const Page page = Get(list, size, token);
      EXPECT_TRUE(page.status.ok()) << page.status.error_message();
      EXPECT_LE(page.items.size(), static_cast<size_t>(size));
      items.insert(items.end(), page.items.begin(), page.items.end());
      token = page.next;
    } while (!token.empty() && items.size() < 1000);
    return items;
  }
};

TEST_F(PagingTest, CoversEveryList) {
  std::map<std::string, int> methods;
  for (const List& list : kLists) ++methods[list.method];
  for (const char* service : {"QueryService", "HistoryService", "RulebookService"}) {
    const auto& found = *google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
        absl::StrCat("goodstanding.api.v1.", service));
    for (int i = 0; i < found.method_count(); ++i) {
      if (found.method(i)->input_type()->FindFieldByName("page_token") == nullptr) continue;
      EXPECT_EQ(methods.count(found.method(i)->name()), 1) << found.method(i)->name();
    }
  }
}

TEST_F(PagingTest, EveryPageSizeGivesTheSameList) {
  for (const List& list : kLists) {
    SCOPED_TRACE(absl::StrCat(list.method, " ", list.request));
    const std::vector<std::string> whole = GetAll(list, 1000);
    EXPECT_THAT(whole, SizeIs(list.count));
    for (int size = 1; size <= static_cast<int>(list.count) + 1; ++size) {
      EXPECT_EQ(GetAll(list, size), whole) << "in pages of " << size;
    }
  }
}

TEST_F(PagingTest, DescendingIsTheReverse) {
  for (const char* request : {"", "certificant_id: 'p3'"}) {
    const char* const method = *request == '\0' ? "ListEvents" : "ListCertificantEvents";
    const std::string backward = absl::StrCat(request, " order: EVENT_ORDER_DESCENDING");
    std::vector<std::string> reversed = GetAll({method, backward.c_str(), 0}, 3);
    std::reverse(reversed.begin(), reversed.end());
    EXPECT_EQ(reversed, GetAll({method, request, 0}, 4));
  }
}

TEST_F(PagingTest, SizesAreAsDocumented) {
  for (const List& list : kLists) {
    SCOPED_TRACE(absl::StrCat(list.method, " ", list.request));
    EXPECT_THAT(Get(list, 0, "").items, SizeIs(list.count));  // The default is 100.
    EXPECT_THAT(Get(list, 1001, "").items, SizeIs(list.count));
    EXPECT_THAT(Get(list, 2147483647, "").items, SizeIs(list.count));
    for (const int32_t size : {-1, -2147483647}) {
      const grpc::Status status = Get(list, size, "").status;
      EXPECT_EQ(ReasonOf(status), "INVALID_ARGUMENT");
      EXPECT_EQ(FieldOf(status), "page_size");
    }
  }
}

TEST_F(PagingTest, TheDefaultIsAHundredAndTheMostAThousand) {
  for (int i = 0; i < 1000; ++i) {
    Do("RecordNotice", "certificant_id: 'p0' notice: 'N' channel: 'c'");
  }
  const List list{"ListCertificantEvents", "certificant_id: 'p0'", 1002};
  EXPECT_THAT(Get(list, 0, "").items, SizeIs(100));
  EXPECT_THAT(Get(list, 1001, "").items, SizeIs(1000));
}

TEST_F(PagingTest, ATokenOfAnythingElseIsRefused) {
  // One token of each list that has a second page.
  std::vector<std::string> tokens;
  for (const List& list : kLists) tokens.push_back(Get(list, 1, "").next);
  for (size_t i = 0; i < std::size(kLists); ++i) {
    SCOPED_TRACE(absl::StrCat(kLists[i].method, " ", kLists[i].request));
    for (size_t k = 0; k < tokens.size(); ++k) {
      if (tokens[k].empty() || k == i) continue;
      const grpc::Status status = Get(kLists[i], 1, tokens[k]).status;
      EXPECT_EQ(ReasonOf(status), "INVALID_ARGUMENT")
          << "with the token of " << kLists[k].method << " " << kLists[k].request;
      EXPECT_EQ(FieldOf(status), "page_token");
    }
  }
}

TEST_F(PagingTest, ATokenThatWasTamperedWithIsRefused) {
  for (const List& list : kLists) {
    const std::string token = Get(list, 1, "").next;
    if (token.empty()) continue;
    SCOPED_TRACE(absl::StrCat(list.method, " ", list.request));
    std::string bytes;
    ASSERT_TRUE(absl::WebSafeBase64Unescape(token, &bytes));
    std::vector<std::string> others{
        "x", "====", "\xc3\xa4", std::string(10000, 'A'), token + "A", token.substr(1)};
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string other = bytes;
      other[i] = static_cast<char>(other[i] ^ 1);
      others.push_back(absl::WebSafeBase64Escape(other));
    }
    for (const std::string& other : others) {
      const grpc::Status status = Get(list, 1, other).status;
      EXPECT_EQ(ReasonOf(status), "INVALID_ARGUMENT") << other.substr(0, 100);
    }
  }
}

TEST_F(PagingTest, ATokenOutlivesARestart) {
  for (const List& list : kLists) {
    const std::string token = Get(list, 1, "").next;
    const std::vector<std::string> second = Get(list, 1, token).items;
    Restart();
    EXPECT_EQ(Get(list, 1, token).items, second) << list.method;
  }
}

TEST_F(PagingTest, WhatIsListedStaysListedWhileOthersWrite) {
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      const auto request =
          RequestOf("RegisterCertificant",
                    absl::StrCat("header { request_id: 'w", i, "' } certificant_id: 'p", i % 9, "-",
                                 i, "' name: 'N'"));
      EXPECT_TRUE(caller().Call(*request, nullptr).ok());
    }
  });
  for (int round = 0; round < 5; ++round) {
    for (const List& list : {kLists[0], kLists[4]}) {
      // Nobody who is new is certified, so the lists stay as they are.
      std::vector<std::string> items = GetAll(list, 2);
      EXPECT_THAT(items, SizeIs(9)) << list.method;
    }
    int64_t last = 0;
    api::v1::ListEventsRequest request;
    request.set_page_size(7);
    for (int page = 0; page < 20; ++page) {
      const auto response = Ask<api::v1::ListEventsResponse>(request);
      for (const auto& event : response.events()) {
        EXPECT_EQ(event.record().position(), ++last);  // No gap and no repeat.
      }
      request.set_page_token(response.next_page_token());
      if (request.page_token().empty()) break;
    }
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace goodstanding::services

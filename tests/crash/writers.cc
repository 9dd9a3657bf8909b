#include "tests/crash/writers.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace goodstanding::testing {
namespace {

constexpr int kWriters = 16;
constexpr int kSharedPersons = 3;

void SetDay(int year, int month, int day, type::v1::CivilDate& date) {
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
}

tools::AnyCommand Register(const std::string& id) {
  api::v1::RegisterCertificantRequest command;
  command.set_certificant_id(id);
  command.set_name(absl::StrCat("Person ", id));
  command.set_email(absl::StrCat(id, "@example.org"));
  return command;
}

tools::AnyCommand Grant(const std::string& id) {
  api::v1::GrantCredentialRequest command;
  command.set_certificant_id(id);
  command.set_credential("CPCS");
  SetDay(2024, 3, 1, *command.mutable_header()->mutable_effective_date());
  return command;
}

tools::AnyCommand RecordCredit(const std::string& id, const std::string& reference) {
  api::v1::RecordCreditRequest command;
  command.set_certificant_id(id);
  auto& credit = *command.mutable_credit();
  credit.set_reference(reference);
  credit.set_activity_kind("SPONSORED");
  SetDay(2025, 3, 14, *credit.mutable_completed_date());
  credit.mutable_amount()->set_minutes(60);
  return command;
}

tools::AnyCommand RecordMembership(const std::string& id) {
  api::v1::RecordMembershipRequest command;
  command.set_certificant_id(id);
  SetDay(2025, 1, 1, *command.mutable_period()->mutable_first_date());
  SetDay(2025, 12, 31, *command.mutable_period()->mutable_last_date());
  return command;
}

void SetRequestId(const std::string& id, tools::AnyCommand& command) {
  std::visit([&id](auto& request) { request.mutable_header()->set_request_id(id); }, command);
}

Sent Send(const tools::Client& client, const std::string& request_id, tools::AnyCommand command) {
  SetRequestId(request_id, command);
  Sent sent{std::move(command), std::nullopt, ""};
  api::v1::CommandReceipt receipt;
  const grpc::Status status = client.Send(sent.command, receipt);
  if (status.ok()) {
    sent.receipt = std::move(receipt);
  } else if (status.error_code() != grpc::StatusCode::UNAVAILABLE) {
    sent.failure = absl::StrCat(status.error_code(), " ", status.error_message());
  }
  return sent;
}

}  // namespace

std::vector<std::string> SharedPersons() {
  std::vector<std::string> ids;
  for (int i = 0; i < kSharedPersons; ++i) ids.push_back(absl::StrCat("shared-", i));
  return ids;
}

SentCommands SetUpSharedPersons(const tools::Client& client) {
  SentCommands sent;
  for (const std::string& id : SharedPersons()) {
    for (const auto& command : {Register(id), Grant(id)}) {
      const std::string request_id = absl::StrCat("set-up-", sent.size());
      sent.emplace(request_id, Send(client, request_id, command));
    }
  }
  return sent;
}

Writers::Writers(const tools::Client& client, int run, uint64_t seed)
    : client_(client), run_(run), running_(kWriters) {
  for (int i = 0; i < kWriters; ++i) {
    threads_.emplace_back([this, i, seed] { Write(i, seed + static_cast<uint64_t>(i)); });
  }
}

Writers::~Writers() { Join(); }

void Writers::AwaitAcknowledged(int64_t count) {
  MutexLock lock(mutex_);
  while (acknowledged_ < count && running_ > 0) changed_.Wait(mutex_);
}

SentCommands Writers::TakeSent() {
  Join();
  MutexLock lock(mutex_);
  return std::move(sent_);
}

void Writers::Write(int writer, uint64_t seed) {
  std::mt19937_64 random(seed);
  for (int number = 0;; ++number) {
    const std::string request_id = absl::StrCat("run-", run_, "-writer-", writer, "-", number);
    Sent sent = Send(client_, request_id, NextCommand(writer, number, random));
    if (!Note(request_id, std::move(sent))) break;
  }
  MutexLock lock(mutex_);
  --running_;
  changed_.SignalAll();
}

// The first command of a writer registers its own person; later ones write to it or to a shared
// one.
tools::AnyCommand Writers::NextCommand(int writer, int number, std::mt19937_64& random) const {
  const std::string own = absl::StrCat("person-", run_, "-", writer);
  if (number == 0) return Register(own);
  if (number == 1) return Grant(own);
  const uint64_t choice = random();
  const std::vector<std::string> shared = SharedPersons();
  const std::string& person = choice % 2 == 0 ? own : shared[choice / 2 % shared.size()];
  switch (choice / 16 % 4) {
    case 0:
      return Register(absl::StrCat(own, "-", number));
    case 1:
      return RecordMembership(person);
    default:
      return RecordCredit(person, absl::StrCat("r-", run_, "-", writer, "-", number));
  }
}

bool Writers::Note(const std::string& request_id, Sent sent) {
  const bool acknowledged = sent.receipt.has_value();
  MutexLock lock(mutex_);
  sent_.emplace(request_id, std::move(sent));
  if (acknowledged) ++acknowledged_;
  changed_.SignalAll();
  return acknowledged;
}

void Writers::Join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace goodstanding::testing

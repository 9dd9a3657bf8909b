#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/reconciliation.h"
#include "tools/text_file.h"

namespace goodstanding::tools {
namespace {

constexpr char kExamples[] =
    "  goodstanding reconcile payments.csv\n"
    "  goodstanding reconcile payments.csv --all      also what only the record has\n"
    "\n"
    "The file is the payment service's list, in CSV with a heading: id, ref, amount (what is left\n"
    "of the payment, in dollars; 0 where it was returned or refunded whole). Every payment on\n"
    "record is read, and each difference printed. Exit code 1 where there is one.";

struct ReconcileOptions {
  Connection connection;
  std::string file;
  bool all = false;
};

void AddOptions(Command& command, ReconcileOptions& options) {
  command.Add("FILE", options.file, "The payment service's list").Required();
  command.AddFlag("--all", options.all, "The list is whole: what it lacks is a difference too");
  AddConnection(command, options.connection);
}

// Every payment on record as it stands now, from the feed up to the head.
absl::Status ReadRecord(const Client& client, PaymentsOnRecord& record) {
  api::v1::SubscribeRequest request;
  for (const char* kind :
       {"PaymentReceived", "PaymentReturned", "PaymentRefunded", "FactAnnulled"}) {
    request.mutable_filter()->add_kinds(kind);
  }
  grpc::ClientContext context;
  const auto reader = client.history().Subscribe(&context, request);
  api::v1::SubscribeResponse response;
  while (reader->Read(&response)) {
    for (const api::v1::HistoryEvent& event : response.events()) {
      GS_RETURN_IF_ERROR(record.Take(event));
    }
    if (response.mark() != api::v1::FEED_MARK_CAUGHT_UP) continue;
    context.TryCancel();
    reader->Finish();
    return absl::OkStatus();
  }
  return FromCall(reader->Finish());
}

absl::StatusOr<std::vector<PaymentDifference>> Reconcile(const ReconcileOptions& options) {
  GS_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(options.file));
  GS_ASSIGN_OR_RETURN(const std::vector<ListedPayment> listed, ReadPaymentList(text));
  PaymentsOnRecord record;
  GS_RETURN_IF_ERROR(ReadRecord(Connect(options.connection), record));
  return record.Compare(listed, options.all);
}

int Run(const ReconcileOptions& options) {
  const auto differences = Reconcile(options);
  if (!differences.ok()) return Finish(differences.status(), options.connection);
  for (const PaymentDifference& difference : *differences) {
    absl::PrintF("%s %s: %s\n", difference.certificant_id, difference.reference, difference.what);
  }
  absl::FPrintF(stderr, "%d differences\n", differences->size());
  return differences->empty() ? 0 : 1;
}

}  // namespace

void AddReconcileCommand(Commands& commands) {
  commands.Add("reconcile", "Compare the payments on record with a list", kExamples, &AddOptions,
               &Run);
}

}  // namespace goodstanding::tools

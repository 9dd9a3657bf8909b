#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/history_text.h"
#include "tools/list_text.h"
#include "tools/output.h"
#include "tools/pages.h"
#include "tools/progress.h"

namespace goodstanding::tools {
namespace {

using api::v1::HistoryEvent;
using HistoryStub = api::v1::HistoryService::Stub;

constexpr char kExamples[] =
    "  goodstanding history ana                       everything recorded about ana, oldest first\n"
    "  goodstanding history ana --newest-first --limit 5\n"
    "  goodstanding history                           the whole log\n"
    "  goodstanding history --from 5000 --limit 20    from a position on\n"
    "  goodstanding history ana --follow              and what is recorded from now on\n"
    "  goodstanding history --json | jq -c '{p: .record.position, k: .record.kind}'\n"
    "\n"
    "JSON is a line an event; fields that hold bytes (names, reasons, the stored payload) are\n"
    "base64 in it, as the protobuf mapping has it.";

struct HistoryOptions {
  Connection connection;
  std::string certificant_id;
  bool newest_first = false;
  int64_t limit = 0;
  int64_t from = 0;
  bool follow = false;
};

void AddOptions(Command& command, HistoryOptions& options) {
  const Option id =
      command.Add("ID", options.certificant_id, "The certificant's id (default: the whole log)");
  const Option newest =
      command.AddFlag("--newest-first", options.newest_first, "The other way round");
  command
      .AddFlag("--follow", options.follow,
               "Goes on with each event that is recorded, until interrupted or --limit is reached")
      .Excludes(newest);
  command.Add("--limit", options.limit, "At most so many events (default: all)").AtLeast(1);
  command.Add("--from", options.from, "The whole log from this position on, inclusive")
      .AtLeast(1)
      .Excludes(id);
  AddConnection(command, options.connection);
}

// Prints events as they come, up to the limit.
class EventPrinter {
 public:
  EventPrinter(const HistoryOptions& options, const services::BoardTime& zone)
      : options_(options), zone_(zone) {}

  // Returns whether there is room for more.
  template <typename Events>
  bool Print(const Events& page) {
    std::vector<HistoryEvent> events;
    for (const HistoryEvent& event : page) {
      if (full()) break;
      events.push_back(event);
      ++count_;
    }
    progress_.Clear();
    const std::string text =
        options_.connection.json ? JsonLines(events) : EventsText(events, zone_, first_, style_);
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);  // Whoever follows through a pipe sees an event when it comes.
    first_ = false;
    progress_.Show(absl::StrCat(count_, " events so far"));
    return !full();
  }

 private:
  bool full() const { return options_.limit > 0 && count_ == options_.limit; }

  const HistoryOptions& options_;
  const services::BoardTime& zone_;
  const Style style_ = StdoutStyle();
  Progress progress_;
  bool first_ = true;
  int64_t count_ = 0;
};

// Asks for the pages of the person or of the log.
grpc::Status PrintEvents(const HistoryOptions& options, const Client& client,
                         EventPrinter& printer) {
  const auto order =
      options.newest_first ? api::v1::EVENT_ORDER_DESCENDING : api::v1::EVENT_ORDER_ASCENDING;
  const auto print = [&](const auto& page) { return printer.Print(page.events()); };
  if (options.certificant_id.empty()) {
    api::v1::ListEventsRequest request;
    request.set_order(order);
    request.set_start_position(options.from);
    return ForEachPage(client.history(), &HistoryStub::ListEvents, request, print);
  }
  api::v1::ListCertificantEventsRequest request;
  request.set_order(order);
  request.set_certificant_id(options.certificant_id);
  return ForEachPage(client.history(), &HistoryStub::ListCertificantEvents, request, print);
}

// Follows the feed of the person or of the log.
grpc::Status FollowEvents(const HistoryOptions& options, const Client& client,
                          EventPrinter& printer) {
  api::v1::SubscribeRequest request;
  request.set_after_position(options.from > 0 ? options.from - 1 : 0);
  if (!options.certificant_id.empty()) {
    request.mutable_filter()->add_certificant_ids(options.certificant_id);
  }
  grpc::ClientContext context;
  const auto reader = client.history().Subscribe(&context, request);
  api::v1::SubscribeResponse response;
  while (reader->Read(&response)) {
    if (response.events().empty() || printer.Print(response.events())) continue;
    context.TryCancel();
    reader->Finish();
    return grpc::Status::OK;
  }
  return reader->Finish();
}

absl::Status History(const HistoryOptions& options) {
  GS_ASSIGN_OR_RETURN(const auto zone, services::BoardTime::Load(options.connection.time_zone));
  EventPrinter printer(options, zone);
  const auto print = options.follow ? &FollowEvents : &PrintEvents;
  return FromCall(print(options, Connect(options.connection), printer));
}

int Run(const HistoryOptions& options) { return Finish(History(options), options.connection); }

}  // namespace

void AddHistoryCommand(Commands& commands) {
  commands.Add("history", "The events themselves: of a certificant, or the whole log", kExamples,
               &AddOptions, &Run);
}

}  // namespace goodstanding::tools

// Decides commands and appends what they become.
//
// validate → same request id seen? answer as before → fold the stream → decide (pure) → append →
// answer. A thread of the processor's decides, so that every decision sees all before it; the
// store's committer thread writes. While one synced write is on its way to the disk, further
// commands are decided and gather for the next. A failed write discards what was decided on top of
// it.
#ifndef GOODSTANDING_SERVICES_COMMAND_PROCESSOR_H_
#define GOODSTANDING_SERVICES_COMMAND_PROCESSOR_H_

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "domain/accounts.h"
#include "domain/decide.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "services/board_time.h"
#include "services/command.h"
#include "services/live_board.h"
#include "services/write_gate.h"

namespace goodstanding::services {

// Thread-safe.
class CommandProcessor {
 public:
  // Commands that wait for the deciding thread: some tenths of a second of work.
  static constexpr size_t kMaxWaiting = 10'000;

  // All outlive the processor. Without a gate all commands are taken. `max_waiting` may wait.
  static absl::StatusOr<std::unique_ptr<CommandProcessor>> Create(
      eventstore::EventStore& store, eventstore::KeyStore& keys, const BoardTime& time,
      const Clock& clock, const WriteGate* gate = nullptr, size_t max_waiting = kMaxWaiting);
  // Decides what waits.
  ~CommandProcessor();

  // Decides a command in its turn. `done` is called once: on the deciding thread with a refusal or
  // a repeated answer, on the committer's when its events are on disk or could not be written, at
  // once with OVERLOADED where too many wait.
  void Execute(Command command, CommandDone done);

  // Waits until every command is answered. Once nothing more is executed.
  void Drain();

  // How many commands wait to be decided.
  int64_t WaitingCount();

 private:
  struct Waiting {
    Command command;
    CommandDone done;
  };
  // A command whose events are on their way to the disk, and who wants to know.
  struct UnderWay {
    std::string digest;
    std::vector<CommandDone> waiting;
  };
  // What deciding a command has gathered.
  struct Decided;
  // A command that is being decided.
  struct Deciding;

  CommandProcessor(eventstore::EventStore& store, eventstore::KeyStore& keys, const BoardTime& time,
                   const Clock& clock, const WriteGate* gate, size_t max_waiting);

  void Run();
  std::vector<Waiting> Take();
  void Decide(Command command, CommandDone done);
  void Flush();
  absl::Status Ready();
  bool AnswerRepeated(const Command& command, const std::string& key, CommandDone& done);
  void DecideAndQueue(Command command, const std::string& key, CommandDone done);
  absl::Status DecideProposal(const Command& command, Proposal& proposal, Decided& decided);
  absl::Status DecideCertificant(const Command& command, Proposal& proposal, Decided& decided);
  absl::Status DecideActivity(const Command& command, Proposal& proposal, Decided& decided);
  absl::StatusOr<int64_t> BaseVersion(const std::string& name,
                                      const ProposedCorrection& proposed) const;
  absl::Status DecideDays(const Command& command, const event::v1::DaysClosed& proposed,
                          Decided& decided);
  absl::Status DecideRules(const Command& command, Proposal& proposal, Decided& decided);
  absl::StatusOr<bool> IsDispute(int64_t position) const;
  absl::StatusOr<std::vector<domain::PastAct>> PastActs(const std::string& stream, int64_t version,
                                                        const event::v1::Actor& actor) const;
  absl::Status CheckSelected(const std::string& certificant_id,
                             const type::v1::AuditSelection& selection) const;
  void TellErasure(const Command& command, const std::string& certificant_id,
                   const domain::ErasureStatus& status, Decided& decided);
  void ExpectBasisOf(const event::v1::CertificantEvent& event,
                     const domain::CertificantState& state, Decided& decided) const;

  // Commands about several streams (command_accounts.cc).
  static bool ConcernsAccounts(const event::v1::CertificantEvent& proposed,
                               const domain::CertificantState& state);
  absl::Status DecideAccounts(const Deciding& deciding, const std::string& id,
                              event::v1::CertificantEvent proposed);
  absl::Status DecideMerge(const Deciding& deciding, const std::string& id,
                           event::v1::CertificantEvent proposed);
  absl::Status DecideMove(const Deciding& deciding, const std::string& id,
                          const std::string& person_id, event::v1::CertificantEvent proposed);
  absl::Status DecideUndo(const Deciding& deciding, const std::string& person_id,
                          const domain::AccountMove& move, event::v1::CertificantEvent event);
  absl::Status DecideErasureOfAccount(const Deciding& deciding, const std::string& id,
                                      const domain::CertificantState& person,
                                      const domain::CertificantState& named,
                                      const event::v1::CertificantEvent& proposed);
  absl::StatusOr<std::string> PersonOf(const std::string& id, Decided& decided);
  absl::StatusOr<domain::CertificantState*> Draft(const std::string& id, Decided& decided);
  absl::StatusOr<event::v1::CertificantEvent> DecideFor(
      const Deciding& deciding, const domain::CertificantState& person,
      const event::v1::CertificantEvent& proposed);
  domain::Facts FactsOf(const domain::CertificantState& state) const;
  absl::StatusOr<int64_t> AppendFact(const Deciding& deciding, const std::string& id,
                                     event::v1::CertificantEvent event);
  absl::Status AppendToPerson(const Deciding& deciding, const std::string& person_id,
                              const std::string& named_id, event::v1::CertificantEvent event);
  absl::Status AwaitWritten();

  absl::Status Protect(const std::string& stream, event::v1::CertificantEvent& event);
  eventstore::Record MakeRecord(const Command& command, const std::string& stream,
                                absl::Time effective) const;
  void Queue(const Command& command, const std::string& key, Decided decided, CommandDone done);
  void FailGroup(const absl::Status& status);
  // Whether every command is answered.
  bool Settled() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Finish(const std::string& key, bool asked_for_version,
              absl::StatusOr<eventstore::AppendOutcome> outcome);

  eventstore::EventStore& store_;
  eventstore::KeyStore& keys_;
  const BoardTime& time_;
  const Clock& clock_;
  const WriteGate* const gate_;
  const size_t max_waiting_;

  // The deciding thread's own.
  LiveBoard board_;
  std::vector<eventstore::EventStore::Pending> group_;
  bool keys_dirty_ = false;  // Keys were created since the last flush.

  std::atomic<bool> failed_ = false;  // An append failed: what was decided since is void.

  Mutex mutex_;
  CondVar work_;     // For the deciding thread.
  CondVar settled_;  // Nothing waits or is under way.
  CondVar written_;  // Nothing is under way.
  std::vector<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  bool deciding_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, UnderWay> under_way_ ABSL_GUARDED_BY(mutex_);
  int answering_ ABSL_GUARDED_BY(mutex_) = 0;  // Commands that are written, and being answered.

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_COMMAND_PROCESSOR_H_

// Checkpoints and proofs over gRPC, checked with nothing but the public key.
#include "goodstanding/api/v1/log_service.grpc.pb.h"

#include <memory>
#include <string>
#include <vector>

#include "eventstore/merkle.h"
#include "eventstore/note.h"
#include "eventstore/signing_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/services/service_fixture.h"

namespace goodstanding::services {
namespace {

using api::v1::LogService;
using eventstore::Checkpoint;
using eventstore::Hash;
using eventstore::Note;
using eventstore::NoteKey;
using eventstore::NoteVerdict;
using eventstore::VerifyConsistency;
using eventstore::VerifyInclusion;

class LogServiceTest : public ServiceTest {
 protected:
  LogServiceTest() : stub_(LogService::NewStub(caller().channel())) {
    Certify("ana");
    Certify("ben");
  }

  template <typename Response, typename Request>
  grpc::Status Call(grpc::Status (LogService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                    const std::string& text, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(60, GPR_TIMESPAN)));
    return (stub_.get()->*method)(&context, Text<Request>(text), response);
  }

  // The newest checkpoint of at least this size, its signature checked.
  Checkpoint Trusted(int64_t min_size) {
    api::v1::GetCheckpointResponse response;
    const grpc::Status status =
        Call(&LogService::Stub::GetCheckpoint, absl::StrCat("min_size: ", min_size), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    const Note note = Note::Parse(response.note()).value();
    EXPECT_EQ(VerifyNote(note, NoteKey::Parse(response.verifier_key()).value()),
              NoteVerdict::kValid);
    const Checkpoint checkpoint = Checkpoint::Parse(note.text).value();
    EXPECT_EQ(checkpoint.size, response.size());
    return checkpoint;
  }

  static std::vector<Hash> Hashes(
      const google::protobuf::RepeatedPtrField<std::string>& proof_hashes) {
    std::vector<Hash> hashes;
    for (const std::string& hash : proof_hashes) hashes.push_back(eventstore::HashFromBytes(hash));
    return hashes;
  }

  std::unique_ptr<LogService::Stub> stub_;
};

TEST_F(LogServiceTest, AnEventIsProvedWithItsRecordAndThePublicKeyAlone) {
  for (int64_t position = 1; position <= Head(); ++position) {
    api::v1::GetEventProofResponse response;
    ASSERT_TRUE(
        Call(&LogService::Stub::GetEventProof, absl::StrCat("position: ", position), &response)
            .ok());
    const auto file = eventstore::ProofFile::Parse(response.proof()).value();
    const Checkpoint checkpoint =
        Checkpoint::Parse(Note::Parse(file.checkpoint).value().text).value();
    EXPECT_EQ(checkpoint, Trusted(checkpoint.size));
    EXPECT_EQ(file.index, position - 1);
    EXPECT_TRUE(VerifyInclusion(file.index, checkpoint.size,
                                eventstore::EventLeaf(position, response.record()), file.proof,
                                checkpoint.root));
    EXPECT_FALSE(VerifyInclusion(file.index, checkpoint.size,
                                 eventstore::EventLeaf(position, response.record() + "x"),
                                 file.proof, checkpoint.root));
  }
}

TEST_F(LogServiceTest, ProofsBetweenSizesHold) {
  const Checkpoint older = Trusted(Head());
  Certify("cleo");
  const Checkpoint newer = Trusted(Head());
  ASSERT_GT(newer.size, older.size);
  api::v1::GetConsistencyProofResponse consistency;
  ASSERT_TRUE(Call(&LogService::Stub::GetConsistencyProof,
                   absl::StrCat("old_size: ", older.size, " size: ", newer.size), &consistency)
                  .ok());
  EXPECT_TRUE(VerifyConsistency(older.size, older.root, newer.size, newer.root,
                                Hashes(consistency.proof_hashes())));
  api::v1::GetInclusionProofResponse inclusion;
  ASSERT_TRUE(Call(&LogService::Stub::GetInclusionProof,
                   absl::StrCat("position: 2 size: ", older.size), &inclusion)
                  .ok());
  EXPECT_TRUE(VerifyInclusion(inclusion.leaf_index(), older.size,
                              eventstore::HashFromBytes(inclusion.leaf_hash()),
                              Hashes(inclusion.proof_hashes()), older.root));
}

TEST_F(LogServiceTest, TheKeyAndItsCheckpointsOutliveARestart) {
  const Checkpoint before = Trusted(Head());
  Restart();
  stub_ = LogService::NewStub(caller().channel());
  EXPECT_EQ(Trusted(0), before);
}

TEST_F(LogServiceTest, RefusesWhatTheLogDoesNotReach) {
  struct Row {
    grpc::Status status;
    std::string reason;
    std::string field;
  };
  api::v1::GetCheckpointResponse checkpoint;
  api::v1::GetInclusionProofResponse inclusion;
  api::v1::GetConsistencyProofResponse consistency;
  api::v1::GetEventProofResponse event;
  api::v1::AddCosignaturesResponse cosigned;
  const std::vector<Row> rows = {
      {Call(&LogService::Stub::GetCheckpoint, "min_size: 1000", &checkpoint),
       "POSITION_BEYOND_HEAD", ""},
      {Call(&LogService::Stub::GetCheckpoint, "min_size: -1", &checkpoint), "INVALID_ARGUMENT",
       "min_size"},
      {Call(&LogService::Stub::GetInclusionProof, "position: 0 size: 1", &inclusion),
       "INVALID_ARGUMENT", "position"},
      {Call(&LogService::Stub::GetInclusionProof, "position: 2 size: 1", &inclusion),
       "INVALID_ARGUMENT", "position"},
      {Call(&LogService::Stub::GetInclusionProof, "position: 1 size: 1000", &inclusion),
       "POSITION_BEYOND_HEAD", ""},
      {Call(&LogService::Stub::GetConsistencyProof, "old_size: 0 size: 1", &consistency),
       "INVALID_ARGUMENT", "old_size"},
      {Call(&LogService::Stub::GetConsistencyProof, "old_size: 2 size: 1", &consistency),
       "INVALID_ARGUMENT", "old_size"},
      {Call(&LogService::Stub::GetEventProof, "position: 1000", &event), "POSITION_BEYOND_HEAD",
       ""},
      {Call(&LogService::Stub::AddCosignatures, "note: 'x'", &cosigned), "INVALID_ARGUMENT",
       "note"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(ReasonOf(row.status), row.reason) << row.status.error_message();
    EXPECT_TRUE(row.field.empty() || FieldOf(row.status) == row.field) << row.field;
  }
}

TEST_F(LogServiceTest, ACosignatureOfAStrangerIsNotKept) {
  api::v1::GetCheckpointResponse checkpoint;
  ASSERT_TRUE(Call(&LogService::Stub::GetCheckpoint, "", &checkpoint).ok());
  const eventstore::SigningKey stranger("stranger.example", eventstore::NoteKeyType::kCosignature,
                                        std::string(32, 'x'));
  Note note = Note::Parse(checkpoint.note()).value();
  note.signatures = {stranger.Cosign(note.text, 1)};
  api::v1::AddCosignaturesRequest request;
  request.set_note(note.ToText());
  api::v1::AddCosignaturesResponse response;
  grpc::ClientContext context;
  EXPECT_EQ(ReasonOf(stub_->AddCosignatures(&context, request, &response)), "WITNESS_NOT_KNOWN");
}

}  // namespace
}  // namespace goodstanding::services

// Which key may sign which size, once keys have changed.
#include "verify/log_keys.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "eventstore/key_rotation.h"
#include "eventstore/log_events.h"
#include "eventstore/signing_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/verify/log_fixture.h"
#include "verify/log_check.h"

namespace goodstanding::verify {
namespace {

using ::goodstanding::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kFails = absl::StatusCode::kFailedPrecondition;

// Key `letter` of a log; the same each time.
eventstore::SigningKey KeyOf(char letter, absl::string_view origin = "log.example/1") {
  return eventstore::SigningKey(origin, eventstore::NoteKeyType::kEd25519, std::string(32, letter));
}

PublicKey Public(char letter) {
  return PublicKey::Parse(KeyOf(letter).public_key().ToText()).value();
}

// As the server writes it.
event::v1::SigningKeyRotated Fact(const eventstore::SigningKey& old_key,
                                  const eventstore::SigningKey& new_key, int64_t first_size) {
  event::v1::SigningKeyRotated fact;
  fact.set_old_key(old_key.public_key().ToText());
  fact.set_new_key(new_key.public_key().ToText());
  fact.set_first_size(first_size);
  const std::string text = eventstore::KeyRotationNote(fact).text;
  fact.set_old_signature(old_key.Sign(text).signature);
  fact.set_new_signature(new_key.Sign(text).signature);
  return fact;
}

std::string NoteOf(char old_key, char new_key, int64_t first_size) {
  return eventstore::KeyRotationNote(Fact(KeyOf(old_key), KeyOf(new_key), first_size)).ToText();
}

KeyRotation Rotation(char old_key, char new_key, int64_t first_size) {
  return KeyRotation::ParseNotes(NoteOf(old_key, new_key, first_size)).value().at(0);
}

SignedCheckpoint Signed(int64_t size, const std::vector<char>& letters) {
  eventstore::Note note;
  note.text = eventstore::Checkpoint{.origin = "log.example/1", .size = size}.ToText();
  for (const char letter : letters) note.signatures.push_back(KeyOf(letter).Sign(note.text));
  return SignedCheckpoint::Parse(note.ToText()).value();
}

TEST(LogKeys, ANoteAndAPayloadSayTheSame) {
  const event::v1::SigningKeyRotated fact = Fact(KeyOf('a'), KeyOf('b'), 7);
  event::v1::LogEvent event;
  *event.mutable_signing_key_rotated() = fact;
  GS_ASSERT_OK_AND_ASSIGN(const KeyRotation read,
                          KeyRotation::FromPayload(event.SerializeAsString()));
  const KeyRotation parsed = Rotation('a', 'b', 7);
  EXPECT_EQ(read.text, parsed.text);
  EXPECT_EQ(read.text, absl::StrCat("goodstanding key-rotation/v1\nlog.example/1\n7\n",
                                    fact.old_key(), "\n", fact.new_key(), "\n"));
  EXPECT_EQ(read.old_key, Public('a'));
  EXPECT_EQ(read.new_key, Public('b'));
  EXPECT_EQ(read.first_size, 7);
  EXPECT_EQ(read.old_signature, parsed.old_signature);
  EXPECT_EQ(read.new_signature, parsed.new_signature);
  EXPECT_FALSE(SignedCheckpoint::Parse(NoteOf('a', 'b', 7)).ok())
      << "what a key signed as a rotation is no checkpoint";
}

// Made by other programs: the signatures by openssl, the rest by hand. Never changed.
TEST(LogKeys, TheNoteIsThatOfTheFormat) {
  constexpr char kNote[] =
      "goodstanding key-rotation/v1\n"
      "log.example/1\n"
      "7\n"
      "log.example/1+0272b2f5+Aa8Go+MpFxTk81bBnJsVzRlR7G5mYqp3vgdUfyiTgzQd\n"
      "log.example/1+6b7353c7+AS3wQSXwAVr7R86FOu+HcglP+UmMFMsbnhKXPCkn2g+m\n"
      "\n"
      "\xe2\x80\x94 log.example/1 "
      "AnKy9fMbqLzOvusdTnt82bIttrBFSugHwEskOYXC3Z3sZQqen/iRdaxfyxu3rPebh1nrPJBGVWLg/"
      "QNi5wr5RvrOMwc=\n"
      "\xe2\x80\x94 log.example/1 "
      "a3NTxyR5T6UlJYquqxnYtbv7eUdwTjFqIEQ6kyT662obqt8TVGkABSF8So8adaI6tqG0oB/1a/JiDfqpFor0/"
      "ehbdw4=\n";
  EXPECT_EQ(NoteOf('a', 'b', 7), kNote);
  GS_ASSERT_OK_AND_ASSIGN(const std::vector<KeyRotation> rotations, KeyRotation::ParseNotes(kNote));
  ASSERT_EQ(rotations.size(), 1u);
  GS_EXPECT_OK(LogKeys({Public('a')}).Add(rotations[0]));
}

TEST(LogKeys, EachKeySignsItsOwnSizes) {
  struct Row {
    std::string why;
    int64_t size;
    std::vector<char> signers;
    std::string fault;  // Empty: accepted.
  };
  const std::vector<Row> rows = {
      {"the first key, from the beginning", 0, {'a'}, ""},
      {"its last size", 6, {'a'}, ""},
      {"behind its range", 7, {'a'}, "which signs sizes from 0 to 6"},
      {"before the second one's range", 6, {'b'}, "which signs sizes from 7 to 19"},
      {"the second one's first size", 7, {'b'}, ""},
      {"its last", 19, {'b'}, ""},
      {"behind its range", 20, {'b'}, "which signs sizes from 7 to 19"},
      {"the third one's first", 20, {'c'}, ""},
      {"far on", 1'000'000, {'c'}, ""},
      {"before the third one's range", 19, {'c'}, "which signs sizes from 20 on"},
      {"two keys, one of them within its range", 7, {'a', 'b'}, ""},
      {"a stranger", 7, {'x'}, "none of the given keys signed it"},
  };
  // Whichever one is trusted, and in whatever order the rotations come.
  for (const char trusted : {'a', 'b', 'c'}) {
    for (const bool reversed : {false, true}) {
      std::vector<KeyRotation> rotations = {Rotation('a', 'b', 7), Rotation('b', 'c', 20)};
      if (reversed) std::reverse(rotations.begin(), rotations.end());
      LogKeys keys({Public(trusted)});
      for (const KeyRotation& rotation : rotations) GS_ASSERT_OK(keys.Add(rotation));
      for (const Row& row : rows) {
        SCOPED_TRACE(
            absl::StrCat(row.why, ", size ", row.size, ", trusted ", std::string(1, trusted)));
        const absl::Status status = keys.Check(Signed(row.size, row.signers));
        if (row.fault.empty()) {
          GS_EXPECT_OK(status);
        } else {
          EXPECT_THAT(status, StatusIs(kFails, HasSubstr(row.fault)));
        }
      }
    }
  }
}

TEST(LogKeys, RotationsOfStrangersGiveNoTrust) {
  LogKeys keys({Public('a')});
  GS_ASSERT_OK(keys.Add(Rotation('x', 'y', 7)));
  GS_EXPECT_OK(keys.Check(Signed(9, {'a'})));
  EXPECT_THAT(keys.Check(Signed(9, {'y'})), StatusIs(kFails, HasSubstr("none of the given")));
  EXPECT_THAT(keys.Check(Signed(5, {'x'})), StatusIs(kFails, HasSubstr("none of the given")));
}

TEST(LogKeys, WhatContradictsAnEarlierRotationIsRefused) {
  LogKeys keys({Public('a')});
  GS_ASSERT_OK(keys.Add(Rotation('a', 'b', 7)));
  GS_ASSERT_OK(keys.Add(Rotation('a', 'b', 7)));
  struct Row {
    std::string why;
    KeyRotation rotation;
  };
  const std::vector<Row> rows = {
      {"the old key has another heir", Rotation('a', 'x', 9)},
      {"the same heir at another size", Rotation('a', 'b', 9)},
      {"the heir has another forerunner", Rotation('x', 'b', 7)},
      {"it ends before it began", Rotation('b', 'c', 6)},
      {"it ends where it began", Rotation('b', 'c', 7)},
      {"the first one comes back", Rotation('b', 'a', 9)},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(keys.Add(row.rotation), StatusIs(kFails, HasSubstr("contradicts"))) << row.why;
  }
  GS_EXPECT_OK(keys.Check(Signed(7, {'b'})));
  EXPECT_THAT(keys.Check(Signed(9, {'x'})), StatusIs(kFails)) << "nothing of these was taken in";
}

TEST(LogKeys, EverySmallestChangeOfANoteIsRefused) {
  const std::string sound = NoteOf('a', 'b', 7);
  const auto accepted = [](const std::string& notes) {
    const auto rotations = KeyRotation::ParseNotes(notes);
    LogKeys keys({Public('a')});
    return rotations.ok() && rotations->size() == 1 && keys.Add(rotations->at(0)).ok();
  };
  ASSERT_TRUE(accepted(sound));
  for (size_t i = 0; i < sound.size(); ++i) {
    std::string damaged = sound;
    damaged[i] ^= 0x01;
    EXPECT_FALSE(accepted(damaged)) << i;
    EXPECT_FALSE(accepted(sound.substr(0, i))) << i;
  }
  EXPECT_FALSE(accepted(sound + "\n"));
  EXPECT_EQ(KeyRotation::ParseNotes("")->size(), 0u);
  EXPECT_EQ(KeyRotation::ParseNotes(sound + NoteOf('b', 'c', 9))->size(), 2u);
}

TEST(LogKeys, RotationsOfAnotherFormAreRefused) {
  const eventstore::SigningKey witness("log.example/1", eventstore::NoteKeyType::kCosignature,
                                       std::string(32, 'w'));
  event::v1::SigningKeyRotated of_witness = Fact(KeyOf('a'), KeyOf('b'), 7);
  of_witness.set_new_key(witness.public_key().ToText());
  event::v1::SigningKeyRotated no_key = Fact(KeyOf('a'), KeyOf('b'), 7);
  no_key.set_old_key("log.example/1");
  const std::vector<event::v1::SigningKeyRotated> facts = {
      {},
      no_key,
      of_witness,
      Fact(KeyOf('a'), KeyOf('b', "log.example/2"), 7),
      Fact(KeyOf('a'), KeyOf('a'), 7),
      Fact(KeyOf('a'), KeyOf('b'), 0),
      Fact(KeyOf('a'), KeyOf('b'), -1),
  };
  for (const event::v1::SigningKeyRotated& fact : facts) {
    event::v1::LogEvent event;
    *event.mutable_signing_key_rotated() = fact;
    EXPECT_THAT(KeyRotation::FromPayload(event.SerializeAsString()),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << fact.DebugString();
    EXPECT_THAT(KeyRotation::ParseNotes(eventstore::KeyRotationNote(fact).ToText()),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << fact.DebugString();
  }
  EXPECT_FALSE(KeyRotation::FromPayload("").ok());
  EXPECT_FALSE(KeyRotation::FromPayload("\x0a\x7f").ok());
}

// A whole log whose key changes at position 101.
class RotatedLogTest : public LogTest {
 protected:
  RotatedLogTest() {
    GrowTo(100);
    Sign('a');
    Rotate('a', 'b', 101);
    Sign('b');
    GrowTo(150);
    Sign('b');
  }

  eventstore::SigningKey SigningKeyOf(char letter) { return KeyOf(letter, store().Origin()); }

  PublicKey PublicOf(char letter) {
    return PublicKey::Parse(SigningKeyOf(letter).public_key().ToText()).value();
  }

  void Sign(char letter) {
    eventstore::Note note;
    note.text = eventstore::Checkpoint{.origin = store().Origin(),
                                       .size = store().Head(),
                                       .root = store().TreeRoot(store().Head()).value()}
                    .ToText();
    note.signatures.push_back(SigningKeyOf(letter).Sign(note.text));
    GS_ASSERT_OK(store().PutCheckpoint(store().Head(), note.ToText()));
  }

  void Rotate(char old_key, char new_key, int64_t first_size) {
    event::v1::LogEvent event;
    *event.mutable_signing_key_rotated() =
        Fact(SigningKeyOf(old_key), SigningKeyOf(new_key), first_size);
    GS_ASSERT_OK(eventstore::AppendLogEvent(store(), event, clock_.Now()));
  }

  std::vector<std::string> FoundBy(char letter) {
    LogCheckOptions options;
    options.keys = {PublicOf(letter)};
    return Found(options);
  }
};

TEST_F(RotatedLogTest, IsSoundForWhomeverTrustsOneOfItsKeys) {
  EXPECT_THAT(FoundBy('a'), IsEmpty());
  EXPECT_THAT(FoundBy('b'), IsEmpty());
  GS_ASSERT_OK_AND_ASSIGN(const Report report, Check());
  EXPECT_THAT(report.key_rotations, ElementsAre(101));
}

TEST_F(RotatedLogTest, ACheckpointOfTheOldKeyBehindItsRangeIsAFault) {
  GrowTo(160);
  Sign('a');
  for (const char trusted : {'a', 'b'}) {
    EXPECT_THAT(FoundBy(trusted),
                ElementsAre(AllOf(HasSubstr("checkpoint, size 160: it is signed by goodstanding/"),
                                  HasSubstr("which signs sizes from 0 to 100"))));
  }
}

TEST_F(RotatedLogTest, ARotationThatIsNotAsItMustBeIsAFault) {
  Rotate('a', 'c', 151);
  EXPECT_THAT(FoundBy('a'), ElementsAre(AllOf(HasSubstr("log, position 151: the rotation from"),
                                              HasSubstr("contradicts an earlier one"))));
  Rotate('b', 'c', 151);
  EXPECT_THAT(FoundBy('b').back(),
              HasSubstr("log, position 152: its new key signs from size 151, not from"));
}

}  // namespace
}  // namespace goodstanding::verify

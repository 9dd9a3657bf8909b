// Several accounts of one person, and credits that change hands: what the asker sees of them is
// written as a log in which each fact stands with the person whose it is.
#ifndef GOODSTANDING_TESTS_MODEL_MODEL_ACCOUNTS_H_
#define GOODSTANDING_TESTS_MODEL_MODEL_ACCOUNTS_H_

#include <string>
#include <vector>

#include "tests/model/standing_model.h"

namespace goodstanding::model {

// The id that answers for an id, by what the asker knows.
std::string AnswererOf(const std::vector<ModelFact>& log, const ModelQuestion& question,
                       const std::string& id);

// The log with the known merges and moves carried out. A merge is the one fact AccountMerged in the
// survivor's stream, a move the one fact CreditMovedOut in the stream that the record leaves.
std::vector<ModelFact> CarryOut(const std::vector<ModelFact>& log, const ModelQuestion& question);

// Whether the log has merges or moves at all.
bool HasMoves(const std::vector<ModelFact>& log);

// Puts a fact about a record into the stream of the account that has it, under its name there.
void Route(const std::vector<ModelFact>& log, ModelFact& fact);

// What a merge settles when it is recorded: for which renewal payments count from then on.
void SettleMerge(const std::vector<ModelFact>& log, ModelFact& merge);

// The refusals of a merge and of a move.
std::string MergeRefusal(const std::vector<ModelFact>& log, const ModelFact& merge);
std::string MoveRefusal(const std::vector<ModelFact>& log, const ModelFact& move);

}  // namespace goodstanding::model

#endif  // GOODSTANDING_TESTS_MODEL_MODEL_ACCOUNTS_H_

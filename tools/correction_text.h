// What a correction of rules does to whom, as a person, a program or a spreadsheet reads it.
#ifndef GOODSTANDING_TOOLS_CORRECTION_TEXT_H_
#define GOODSTANDING_TOOLS_CORRECTION_TEXT_H_

#include <string>

#include "goodstanding/api/v1/rulebook_service.pb.h"
#include "tools/list_text.h"
#include "tools/output.h"

namespace goodstanding::tools {

// How the entries of these lists are written.
struct EntryForm {
  ListForm form = ListForm::kTable;
  bool why = false;  // With the lines of the explanations that differ; JSON always has them.
};

// Who would change: a row a figure.
std::string EffectsText(const api::v1::PreviewCorrectionResponse& response, EntryForm form,
                        bool first, const Style& style);

// The preview as a whole, with how many persons go from which standing to which.
std::string SummaryText(const api::v1::CorrectionSummary& summary);

// What is to be settled anew: a row each.
std::string ReconsiderationsText(const api::v1::ListReconsiderationsResponse& response,
                                 EntryForm form, bool first, const Style& style);

// The list as a whole.
std::string SummaryText(const api::v1::ReconsiderationSummary& summary);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_CORRECTION_TEXT_H_

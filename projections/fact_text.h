// Facts of a person in words, as a list of differences names them. Nothing personal is in them:
// references, codes, dates and amounts only. Pure.
#ifndef GOODSTANDING_PROJECTIONS_FACT_TEXT_H_
#define GOODSTANDING_PROJECTIONS_FACT_TEXT_H_

#include <string>

#include "domain/dates.h"
#include "domain/figures.h"
#include "goodstanding/event/v1/certificant_event.pb.h"

namespace goodstanding::projections {

// Whether a fact can bear on a standing: names, contact, notices, badges, documents, erasures and
// legal holds cannot.
bool BearsOnStanding(const event::v1::CertificantEvent& event);

// "Payment p1 of $375.00, received December 30, 2025". Money in the currency of the figures. An
// event that this program has no words for is called by its kind.
std::string FactText(const event::v1::CertificantEvent& event, domain::Date effective,
                     const domain::Figures& figures);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_FACT_TEXT_H_

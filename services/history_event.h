// From stored records to the events that the API shows.
#ifndef GOODSTANDING_SERVICES_HISTORY_EVENT_H_
#define GOODSTANDING_SERVICES_HISTORY_EVENT_H_

#include "absl/status/status.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "goodstanding/api/v1/history_service.pb.h"

namespace goodstanding::services {

// Fills an empty event: the record, its times, and its payload with personal fields opened.
// DATA_LOSS where the payload does not parse or a sealed field does not authenticate; errors of the
// key store. Cost: a parse, and a decryption for each personal field.
absl::Status FillEvent(eventstore::KeyStore& keys, eventstore::Record record,
                       api::v1::HistoryEvent& event);

// The same with every personal field empty: no key is used.
absl::Status FillSealedEvent(eventstore::Record record, api::v1::HistoryEvent& event);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_HISTORY_EVENT_H_

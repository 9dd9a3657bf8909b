// google.protobuf.Struct, the JSON object of Protocol Buffers, as the library has it.
#ifndef GOODSTANDING_BASE_JSON_OBJECT_H_
#define GOODSTANDING_BASE_JSON_OBJECT_H_

#include "google/protobuf/map.h"
#include "google/protobuf/message.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/unknown_field_set.h"

// Under ThreadSanitizer this header gives map fields two members more, which the installed library,
// compiled without it, does not have: each map of a Struct would be looked for in the wrong place.
#pragma push_macro("__SANITIZE_THREAD__")
#undef __SANITIZE_THREAD__
#include "google/protobuf/map_field.h"
#pragma pop_macro("__SANITIZE_THREAD__")

#include "google/protobuf/struct.pb.h"

#endif  // GOODSTANDING_BASE_JSON_OBJECT_H_

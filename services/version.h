// The program's version.
#ifndef GOODSTANDING_SERVICES_VERSION_H_
#define GOODSTANDING_SERVICES_VERSION_H_

namespace goodstanding::services {

inline constexpr char kProgramVersion[] = "0.1.0";

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_VERSION_H_

// gRPC server reflection, v1 and v1alpha: clients without generated code ask for the protos.
#ifndef GOODSTANDING_SERVICES_REFLECTION_SERVICE_H_
#define GOODSTANDING_SERVICES_REFLECTION_SERVICE_H_

#include <string>
#include <vector>

#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"
#include "services/rpc.h"

namespace goodstanding::services {

// The two versions differ in the name of their package alone. Thread-safe once it serves.
class ReflectionMethods final {
 public:
  // `services`: full names of those to be found.
  explicit ReflectionMethods(std::vector<std::string> services) : services_(std::move(services)) {}

  // Adds both versions to the loop.
  void Serve(Loop& loop);

  // What the gRPC server registers.
  std::vector<grpc::Service*> Services() { return {&v1_, &v1alpha_}; }

 private:
  const std::vector<std::string> services_;
  grpc::reflection::v1::ServerReflection::AsyncService v1_;
  grpc::reflection::v1alpha::ServerReflection::AsyncService v1alpha_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_REFLECTION_SERVICE_H_

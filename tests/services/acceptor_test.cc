// Connections: as many as may be, and the next one as soon as one has ended.
#include "services/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace goodstanding::services {
namespace {

// In gRPC's place: keeps what it is handed.
class Taken final : public grpc::experimental::ExternalConnectionAcceptor {
 public:
  explicit Taken(std::vector<int>& sockets, Mutex& mutex, CondVar& changed)
      : sockets_(sockets), mutex_(mutex), changed_(changed) {}

  void HandleNewConnection(NewConnectionParameters* connection) override {
    const MutexLock lock(mutex_);
    sockets_.push_back(connection->fd);
    changed_.SignalAll();
  }

 private:
  std::vector<int>& sockets_;
  Mutex& mutex_;
  CondVar& changed_;
};

class AcceptorTest : public ::testing::Test {
 protected:
  void Start(int max_connections, const std::string& address = "127.0.0.1:0") {
    auto acceptor = Acceptor::Listen(address, max_connections);
    ASSERT_TRUE(acceptor.ok()) << acceptor.status();
    acceptor_ = *std::move(acceptor);
    acceptor_->Start(std::make_unique<Taken>(sockets_, mutex_, changed_), std::chrono::seconds(1));
  }

  ~AcceptorTest() override {
    acceptor_.reset();
    for (const int socket : clients_) close(socket);
    for (const int socket : sockets_) close(socket);
  }

  // A client's socket, -1 where nobody listens.
  int Connect(const char* address = "127.0.0.1") {
    const int family = std::string(address).find(':') == std::string::npos ? AF_INET : AF_INET6;
    const int client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_storage to = {};
    socklen_t size = sizeof(sockaddr_in);
    if (family == AF_INET) {
      auto& v4 = reinterpret_cast<sockaddr_in&>(to);
      v4.sin_family = AF_INET;
      v4.sin_port = htons(static_cast<uint16_t>(acceptor_->port()));
      inet_pton(AF_INET, address, &v4.sin_addr);
    } else {
      auto& v6 = reinterpret_cast<sockaddr_in6&>(to);
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(static_cast<uint16_t>(acceptor_->port()));
      inet_pton(AF_INET6, address, &v6.sin6_addr);
      size = sizeof(sockaddr_in6);
    }
    if (connect(client, reinterpret_cast<sockaddr*>(&to), size) != 0) {
      close(client);
      return -1;
    }
    clients_.push_back(client);
    return client;
  }

  // Waits for its end.
  static bool IsClosed(int client) {
    char byte = 0;
    return recv(client, &byte, 1, 0) <= 0;
  }

  void AwaitTaken(size_t count) {
    const MutexLock lock(mutex_);
    while (sockets_.size() < count) changed_.Wait(mutex_);
  }

  void CloseTaken(size_t index) {
    const MutexLock lock(mutex_);
    close(sockets_[index]);
    sockets_.erase(sockets_.begin() + static_cast<std::ptrdiff_t>(index));
  }

  Mutex mutex_;
  CondVar changed_;
  std::vector<int> sockets_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> clients_;
  std::unique_ptr<Acceptor> acceptor_;
};

TEST_F(AcceptorTest, BeyondTheLimitAConnectionIsClosedAndCounted) {
  Start(3);
  for (int i = 0; i < 3; ++i) ASSERT_GE(Connect(), 0);
  AwaitTaken(3);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(IsClosed(Connect()));
  EXPECT_EQ(acceptor_->refused(), 2);
  EXPECT_EQ(acceptor_->CountOpen(), 3);
}

TEST_F(AcceptorTest, OnceOneHasEndedTheNextIsTaken) {
  Start(2);
  for (int i = 0; i < 2; ++i) ASSERT_GE(Connect(), 0);
  AwaitTaken(2);
  CloseTaken(0);
  EXPECT_EQ(acceptor_->CountOpen(), 1);
  ASSERT_GE(Connect(), 0);
  AwaitTaken(2);
  EXPECT_EQ(acceptor_->CountOpen(), 2);
  EXPECT_TRUE(IsClosed(Connect()));
}

TEST_F(AcceptorTest, ADescriptorThatIsOfSomethingElseNowIsNoConnection) {
  Start(2);
  ASSERT_GE(Connect(), 0);
  AwaitTaken(1);
  int number = -1;
  {
    const MutexLock lock(mutex_);
    number = sockets_[0];
  }
  const int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(dup2(other, number), number);  // Closes it, and takes its number.
  EXPECT_EQ(acceptor_->CountOpen(), 0);
  close(other);
}

TEST_F(AcceptorTest, WithoutAFileDescriptorItRefusesAndListensOn) {
  Start(100);
  ASSERT_GE(Connect(), 0);
  AwaitTaken(1);
  // The clients' are made before there are none left.
  const int before = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  rlimit files = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlimit none = {static_cast<rlim_t>(before) + 1, files.rlim_max};
  std::vector<int> rest;  // Holes below.
  int hole = dup(before);
  for (; hole >= 0 && hole < before; hole = dup(before)) rest.push_back(hole);
  close(hole);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(acceptor_->port()));
  inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
  EXPECT_EQ(connect(before, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
  EXPECT_TRUE(IsClosed(before));
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  for (const int filled : rest) close(filled);
  close(before);
  EXPECT_EQ(acceptor_->refused(), 1);
  ASSERT_GE(Connect(), 0);
  AwaitTaken(2);
}

TEST_F(AcceptorTest, ANameIsListenedOnWithAllItsAddresses) {
  Start(10, "localhost:0");
  EXPECT_GE(Connect("127.0.0.1"), 0);
}

TEST_F(AcceptorTest, EveryAddressTakesBothFamilies) {
  Start(10, "0.0.0.0:0");
  EXPECT_GE(Connect("127.0.0.1"), 0);
  AwaitTaken(1);
  const int six = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (six < 0) return;  // The machine has no IPv6.
  close(six);
  EXPECT_GE(Connect("::1"), 0);
}

TEST_F(AcceptorTest, APortThatIsTakenIsSaid) {
  Start(10);
  const auto second = Acceptor::Listen(absl::StrCat("127.0.0.1:", acceptor_->port()), 10);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), ::testing::HasSubstr("cannot listen on"));
  EXPECT_FALSE(Acceptor::Listen("no.such.host.invalid:1", 10).ok());
}

TEST_F(AcceptorTest, StoppedItListensNoMore) {
  Start(10);
  acceptor_->Stop();
  EXPECT_EQ(Connect(), -1);
}

}  // namespace
}  // namespace goodstanding::services

#include "services/acceptor.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/thread_name.h"

namespace goodstanding::services {
namespace {

using std::chrono::steady_clock;

// While nothing more may be open it is looked so often whether something has ended.
constexpr std::chrono::milliseconds kSweepInterval(20);
constexpr int kBacklog = 1024;

int MostConnections(int wanted) {
  constexpr rlim_t kReserve = 512;  // Of the databases, backups and the metrics.
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return wanted;
  const rlim_t room = files.rlim_cur >= 2 * kReserve ? files.rlim_cur - kReserve
                                                     : std::max<rlim_t>(1, files.rlim_cur / 2);
  return static_cast<int>(std::min<rlim_t>(static_cast<rlim_t>(wanted), room));
}

void SetOption(int socket, int level, int name, int value) {
  // Where the kernel does not know one the connection works without it.
  (void)setsockopt(socket, level, name, &value, sizeof(value));
}

// -1 where it cannot be. A wildcard of IPv6 takes IPv4 too.
int ListenOn(const sockaddr* address, socklen_t size) {
  const int socket =
      ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (socket < 0) return -1;
  SetOption(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (address->sa_family == AF_INET6) SetOption(socket, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (bind(socket, address, size) == 0 && listen(socket, kBacklog) == 0) return socket;
  const int error = errno;
  close(socket);
  errno = error;
  return -1;
}

int PortOf(int socket) {
  sockaddr_storage bound = {};
  socklen_t size = sizeof(bound);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                                           : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
}

void SetPort(sockaddr* address, int port) {
  const auto number = htons(static_cast<uint16_t>(port));
  if (address->sa_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address)->sin6_port = number;
  } else {
    reinterpret_cast<sockaddr_in*>(address)->sin_port = number;
  }
}

}  // namespace

Acceptor::Acceptor(int max_connections) : max_connections_(MostConnections(max_connections)) {}

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::Listen(const std::string& address,
                                                           int max_connections) {
  std::unique_ptr<Acceptor> acceptor(new Acceptor(max_connections));
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return absl::UnavailableError("the address is no HOST:PORT");
  absl::string_view host(address.data(), colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  const std::string port = address.substr(colon + 1);
  const bool any = host == "0.0.0.0" || host == "::";
  // One socket takes both families, where the machine has IPv6.
  absl::Status bound = acceptor->Bind(any ? "::" : std::string(host), port);
  if (!bound.ok() && any) bound = acceptor->Bind("0.0.0.0", port);
  if (!bound.ok()) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address, ": ", bound.message()));
  }
  acceptor->stop_ = eventfd(0, EFD_CLOEXEC);
  acceptor->spare_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (acceptor->stop_ < 0 || acceptor->spare_ < 0) {
    return absl::UnavailableError("no file descriptor is left");
  }
  return acceptor;
}

absl::Status Acceptor::Bind(const std::string& host, const std::string& port) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) return absl::UnavailableError(gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  int failure = 0;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    // All listen on the port that the first one got.
    if (port_ > 0) SetPort(entry->ai_addr, port_);
    const int listener = ListenOn(entry->ai_addr, entry->ai_addrlen);
    // A name can have an address of a family that the machine does not have.
    if (listener < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) continue;
    if (listener < 0) {
      failure = errno;
      break;
    }
    if (port_ == 0) port_ = PortOf(listener);
    listeners_.push_back(listener);
  }
  if (failure == 0 && !listeners_.empty()) return absl::OkStatus();
  for (const int listener : std::exchange(listeners_, {})) close(listener);
  port_ = 0;
  return absl::ErrnoToStatus(failure == 0 ? EADDRNOTAVAIL : failure, "bind");
}

void Acceptor::Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> server,
                     std::chrono::milliseconds unacknowledged) {
  server_ = std::move(server);
  unacknowledged_ = unacknowledged;
  thread_ = std::thread([this] { Run(); });
}

Acceptor::~Acceptor() {
  Stop();
  for (const int listener : listeners_) close(listener);
  if (stop_ >= 0) close(stop_);
  if (spare_ >= 0) close(spare_);
}

void Acceptor::Stop() {
  if (!thread_.joinable()) return;
  (void)eventfd_write(stop_, 1);
  thread_.join();
  for (const int listener : std::exchange(listeners_, {})) close(listener);
}

void Acceptor::Run() {
  NameThread("accept");
  std::vector<pollfd> waiting;
  for (const int listener : listeners_) waiting.push_back({listener, POLLIN, 0});
  waiting.push_back({stop_, POLLIN, 0});
  while (waiting.back().revents == 0) {
    if (poll(waiting.data(), waiting.size(), -1) < 0) continue;
    for (size_t i = 0; i + 1 < waiting.size(); ++i) {
      if (waiting[i].revents != 0) AcceptOn(waiting[i].fd);
    }
  }
}

void Acceptor::AcceptOn(int listener) {
  const int socket = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket < 0) {
    if (errno == EMFILE || errno == ENFILE) RefuseWithSpare(listener);
    return;
  }
  if (!HasRoom()) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    close(socket);
    return;
  }
  SetOption(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  SetOption(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(unacknowledged_.count()));
  struct stat status = {};
  if (fstat(socket, &status) == 0) {
    const MutexLock lock(mutex_);
    handed_over_[socket] = status.st_ino;
  }
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
  connection.listener_fd = listener;
  connection.fd = socket;
  server_->HandleNewConnection(&connection);
}

void Acceptor::RefuseWithSpare(int listener) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  close(spare_);
  const int socket = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket >= 0) close(socket);
  spare_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  // Somebody else took the last one: the queue of the kernel has to do until there is one.
  if (spare_ < 0) poll(nullptr, 0, static_cast<int>(kSweepInterval.count()));
}

bool Acceptor::HasRoom() {
  const MutexLock lock(mutex_);
  const auto most = static_cast<size_t>(max_connections_);
  if (handed_over_.size() < most) return true;
  const auto now = steady_clock::now();
  if (now - swept_ < kSweepInterval) return false;
  swept_ = now;
  Sweep();
  return handed_over_.size() < most;
}

int64_t Acceptor::Sweep() {
  std::erase_if(handed_over_, [](const auto& entry) {
    struct stat status = {};
    return fstat(entry.first, &status) != 0 || status.st_ino != entry.second;
  });
  return static_cast<int64_t>(handed_over_.size());
}

int64_t Acceptor::CountOpen() {
  const MutexLock lock(mutex_);
  return Sweep();
}

}  // namespace goodstanding::services

// A header of the stranger's own, named like one of ours: his project's path comes first, and
// neither may be taken for the other.

#ifndef WEFT_TESTS_INSTALL_NET_SOCKET_H_
#define WEFT_TESTS_INSTALL_NET_SOCKET_H_

namespace stranger {
inline constexpr const char* kSocket = "the stranger's own socket";
}  // namespace stranger

#endif  // WEFT_TESTS_INSTALL_NET_SOCKET_H_

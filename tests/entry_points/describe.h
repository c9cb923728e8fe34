// describe(): a result of an asynchronous function as a text, to compare what its two forms give.

#ifndef WEFT_TESTS_ENTRY_POINTS_DESCRIBE_H_
#define WEFT_TESTS_ENTRY_POINTS_DESCRIBE_H_

#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "weft/native/fs/file.h"
#include "weft/native/fs/stats.h"
#include "weft/net/address.h"
#include "weft/net/dns/lookup.h"
#include "weft/net/dns/records.h"

namespace weft::tests {

inline std::string describe(const std::string& text) { return text; }
inline std::string describe(std::integral auto number) { return absl::StrCat(number); }
inline std::string describe(const net::Address& address) { return address.toString(); }
inline std::string describe(const native::fs::File& file) {
  return absl::StrCat(file.path(), file.isOpen() ? " is open" : " is closed");
}
inline std::string describe(const native::fs::Stats& stats) {
  return absl::StrCat(stats.size, " bytes, mode ", stats.mode, ", file ", stats.ino);
}
inline std::string describe(const net::dns::Service& service) {
  return absl::StrCat(service.hostname, " ", service.service);
}
inline std::string describe(const net::dns::MxRecord& mx) {
  return absl::StrCat(mx.priority, " ", mx.exchange);
}
inline std::string describe(const net::dns::SrvRecord& srv) {
  return absl::StrCat(srv.name, " ", srv.port, " ", srv.priority, " ", srv.weight);
}
inline std::string describe(const net::dns::NaptrRecord& naptr) {
  return absl::StrCat(naptr.order, " ", naptr.service, " ", naptr.replacement);
}
inline std::string describe(const net::dns::CaaRecord& caa) {
  return absl::StrCat(caa.critical ? "critical " : "", caa.property, " ", caa.value);
}
inline std::string describe(const net::dns::SoaRecord& soa) {
  return absl::StrCat(soa.nsname, " ", soa.hostmaster, " ", soa.serial, " ", soa.minttl);
}
template <typename T>
std::string describe(const std::vector<T>& list) {
  std::string text;
  for (const T& item : list) absl::StrAppend(&text, "[", describe(item), "]");
  return text;
}
inline std::string describe(const absl::Status& status) { return status.ToString(); }
template <typename T>
std::string describe(const absl::StatusOr<T>& result) {
  return result.ok() ? describe(*result) : describe(result.status());
}

}  // namespace weft::tests

#endif  // WEFT_TESTS_ENTRY_POINTS_DESCRIBE_H_

// What a name server tells about a name; what weft/net/dns/resolver.h gives.
//
//   for (const net::dns::MxRecord& mx : *records) std::puts(mx.exchange.c_str());
//
// Threads: plain values.

#ifndef WEFT_NET_DNS_RECORDS_H_
#define WEFT_NET_DNS_RECORDS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace weft::net::dns {

// Who takes mail; the lowest priority first.
struct MxRecord {
  std::uint16_t priority = 0;
  std::string exchange;
};

// One text, in the pieces in which it is kept.
using TxtRecord = std::vector<std::string>;

// Where a service is; the lowest priority first, equal ones by lot, weighted.
struct SrvRecord {
  std::string name;
  std::uint16_t port = 0;
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
};

// A rule that makes a name or URI out of another.
struct NaptrRecord {
  std::string flags;
  std::string service;
  std::string regexp;
  std::string replacement;
  std::uint16_t order = 0;
  std::uint16_t preference = 0;
};

// Who may issue certificates.
struct CaaRecord {
  bool critical = false;
  std::string property;  // "issue", "issuewild", "iodef"
  std::string value;
};

// Whose zone it is, and how long what is known of it holds, in seconds.
struct SoaRecord {
  std::string nsname;
  std::string hostmaster;
  std::uint32_t serial = 0;
  std::uint32_t refresh = 0;
  std::uint32_t retry = 0;
  std::uint32_t expire = 0;
  std::uint32_t minttl = 0;
};

}  // namespace weft::net::dns

#endif  // WEFT_NET_DNS_RECORDS_H_

// What c-ares makes of a name server's answer, as plain values. Each function gives one of c-ares'
// status numbers, 0 if all went well.

#ifndef WEFT_NET_DNS_INTERNAL_PARSE_H_
#define WEFT_NET_DNS_INTERNAL_PARSE_H_

#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "weft/net/address.h"
#include "weft/net/dns/records.h"

namespace weft::net::dns::internal {

using Reply = std::span<const unsigned char>;

// The numbers of RFC 1035 and its successors.
enum RecordType : int {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kNaptr = 35,
  kCaa = 257,
};

int parseA(Reply reply, std::vector<Address>& addresses);
int parseAaaa(Reply reply, std::vector<Address>& addresses);
int parseCname(Reply reply, std::vector<std::string>& names);
int parseNs(Reply reply, std::vector<std::string>& names);
int parsePtr(Reply reply, std::vector<std::string>& names);
int parseMx(Reply reply, std::vector<MxRecord>& records);
int parseTxt(Reply reply, std::vector<TxtRecord>& records);
int parseSrv(Reply reply, std::vector<SrvRecord>& records);
int parseNaptr(Reply reply, std::vector<NaptrRecord>& records);
int parseCaa(Reply reply, std::vector<CaaRecord>& records);
int parseSoa(Reply reply, SoaRecord& record);

// Of a status number that is not 0: "resolve4 'nowhere.test': Domain name not found".
absl::Status statusOf(int status, const char* operation, const std::string& name);

}  // namespace weft::net::dns::internal

#endif  // WEFT_NET_DNS_INTERNAL_PARSE_H_

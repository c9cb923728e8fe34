#include "weft/net/dns/internal/parse.h"

#include <ares.h>
#include <netdb.h>

#include <cstring>
#include <memory>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace weft::net::dns::internal {
namespace {

struct Free {
  void operator()(hostent* host) const noexcept { ares_free_hostent(host); }
  template <typename T>
  void operator()(T* data) const noexcept {
    ares_free_data(data);
  }
};

// The list that `parse` makes of the reply, each of its members turned into a value by `convert`.
template <typename Ares, typename T, typename F>
int parseList(Reply reply, int (*parse)(const unsigned char*, int, Ares**), std::vector<T>& values,
              F convert) {
  Ares* first = nullptr;
  const int status = parse(reply.data(), static_cast<int>(reply.size()), &first);
  const std::unique_ptr<Ares, Free> list(first);
  if (status != ARES_SUCCESS) return status;
  for (const Ares* item = first; item != nullptr; item = item->next) {
    values.push_back(convert(*item));
  }
  return ARES_SUCCESS;
}

std::string textOf(const unsigned char* text) { return reinterpret_cast<const char*>(text); }

int parseAliases(int status, hostent* host, std::vector<std::string>& names) {
  const std::unique_ptr<hostent, Free> owned(host);
  if (status != ARES_SUCCESS) return status;
  for (char** alias = host->h_aliases; *alias != nullptr; ++alias) names.emplace_back(*alias);
  return names.empty() ? ARES_ENODATA : ARES_SUCCESS;
}

template <typename Socket>
int parseAddresses(int status, hostent* host, sa_family_t family, std::size_t offset,
                   std::vector<Address>& addresses) {
  const std::unique_ptr<hostent, Free> owned(host);
  if (status != ARES_SUCCESS) return status;
  for (char** bytes = host->h_addr_list; *bytes != nullptr; ++bytes) {
    Address& address = addresses.emplace_back();
    address.data()->sa_family = family;
    std::memcpy(reinterpret_cast<char*>(address.data()) + offset, *bytes,
                static_cast<std::size_t>(host->h_length));
    address.setSize(sizeof(Socket));
  }
  return addresses.empty() ? ARES_ENODATA : ARES_SUCCESS;
}

int sizeOf(Reply reply) { return static_cast<int>(reply.size()); }

absl::StatusCode codeOf(int status) {
  switch (status) {
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
      return absl::StatusCode::kNotFound;
    case ARES_ETIMEOUT:
      return absl::StatusCode::kDeadlineExceeded;
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
      return absl::StatusCode::kCancelled;
    case ARES_EBADNAME:
    case ARES_EBADSTR:
    case ARES_EFORMERR:
      return absl::StatusCode::kInvalidArgument;
    case ARES_EBADRESP:
      return absl::StatusCode::kDataLoss;
    case ARES_ENOMEM:
      return absl::StatusCode::kResourceExhausted;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

}  // namespace

int parseA(Reply reply, std::vector<Address>& addresses) {
  hostent* host = nullptr;
  const int status = ares_parse_a_reply(reply.data(), sizeOf(reply), &host, nullptr, nullptr);
  return parseAddresses<sockaddr_in>(status, host, AF_INET, offsetof(sockaddr_in, sin_addr),
                                     addresses);
}

int parseAaaa(Reply reply, std::vector<Address>& addresses) {
  hostent* host = nullptr;
  const int status = ares_parse_aaaa_reply(reply.data(), sizeOf(reply), &host, nullptr, nullptr);
  return parseAddresses<sockaddr_in6>(status, host, AF_INET6, offsetof(sockaddr_in6, sin6_addr),
                                      addresses);
}

int parseCname(Reply reply, std::vector<std::string>& names) {
  hostent* host = nullptr;
  const int status = ares_parse_a_reply(reply.data(), sizeOf(reply), &host, nullptr, nullptr);
  const std::unique_ptr<hostent, Free> owned(host);
  if (status != ARES_SUCCESS) return status;
  names.emplace_back(host->h_name);
  return ARES_SUCCESS;
}

int parseNs(Reply reply, std::vector<std::string>& names) {
  hostent* host = nullptr;
  const int status = ares_parse_ns_reply(reply.data(), sizeOf(reply), &host);
  return parseAliases(status, host, names);
}

int parsePtr(Reply reply, std::vector<std::string>& names) {
  hostent* host = nullptr;
  const int status = ares_parse_ptr_reply(reply.data(), sizeOf(reply), nullptr, 0, AF_INET, &host);
  return parseAliases(status, host, names);
}

int parseMx(Reply reply, std::vector<MxRecord>& records) {
  return parseList(reply, &ares_parse_mx_reply, records, [](const ares_mx_reply& mx) {
    return MxRecord{.priority = mx.priority, .exchange = mx.host};
  });
}

int parseSrv(Reply reply, std::vector<SrvRecord>& records) {
  return parseList(reply, &ares_parse_srv_reply, records, [](const ares_srv_reply& srv) {
    return SrvRecord{
        .name = srv.host, .port = srv.port, .priority = srv.priority, .weight = srv.weight};
  });
}

int parseNaptr(Reply reply, std::vector<NaptrRecord>& records) {
  return parseList(reply, &ares_parse_naptr_reply, records, [](const ares_naptr_reply& naptr) {
    return NaptrRecord{.flags = textOf(naptr.flags),
                       .service = textOf(naptr.service),
                       .regexp = textOf(naptr.regexp),
                       .replacement = naptr.replacement,
                       .order = naptr.order,
                       .preference = naptr.preference};
  });
}

int parseCaa(Reply reply, std::vector<CaaRecord>& records) {
  return parseList(reply, &ares_parse_caa_reply, records, [](const ares_caa_reply& caa) {
    return CaaRecord{.critical = caa.critical != 0,
                     .property = textOf(caa.property),
                     .value = textOf(caa.value)};
  });
}

// The pieces of all texts come in one list.
int parseTxt(Reply reply, std::vector<TxtRecord>& records) {
  ares_txt_ext* first = nullptr;
  const int status = ares_parse_txt_reply_ext(reply.data(), sizeOf(reply), &first);
  const std::unique_ptr<ares_txt_ext, Free> list(first);
  if (status != ARES_SUCCESS) return status;
  for (const ares_txt_ext* piece = first; piece != nullptr; piece = piece->next) {
    if (piece->record_start != 0 || records.empty()) records.emplace_back();
    records.back().emplace_back(reinterpret_cast<const char*>(piece->txt), piece->length);
  }
  return ARES_SUCCESS;
}

int parseSoa(Reply reply, SoaRecord& record) {
  ares_soa_reply* soa = nullptr;
  const int status = ares_parse_soa_reply(reply.data(), sizeOf(reply), &soa);
  const std::unique_ptr<ares_soa_reply, Free> owned(soa);
  if (status != ARES_SUCCESS) return status;
  record = {.nsname = soa->nsname,
            .hostmaster = soa->hostmaster,
            .serial = soa->serial,
            .refresh = soa->refresh,
            .retry = soa->retry,
            .expire = soa->expire,
            .minttl = soa->minttl};
  return ARES_SUCCESS;
}

absl::Status statusOf(int status, const char* operation, const std::string& name) {
  return absl::Status(codeOf(status),
                      absl::StrCat(operation, " '", name.c_str(), "': ", ares_strerror(status)));
}

}  // namespace weft::net::dns::internal

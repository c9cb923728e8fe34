// The files of the live page, as they are built into the library.

#ifndef WEFT_INSPECT_INTERNAL_PAGE_H_
#define WEFT_INSPECT_INTERNAL_PAGE_H_

#include <string_view>

namespace weft::inspect::internal {

std::string_view pageHtml() noexcept;
std::string_view pageScript() noexcept;
// uPlot, which draws the charts. Empty where the packages of inspect/package-lock.json were not
// there when this was built; then the page shows numbers only, and says so.
std::string_view chartScript() noexcept;
std::string_view chartStyle() noexcept;

}  // namespace weft::inspect::internal

#endif  // WEFT_INSPECT_INTERNAL_PAGE_H_

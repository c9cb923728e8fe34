# Where the libraries come from that weft stands on. Included by weft's own build and, installed, by
# weftConfig.cmake, so that a user's project finds the same ones.

# Abseil has one CMake target (absl::x) and one pkg-config module (absl_x) for each of these.
set(WEFT_ABSL
    any_invocable
    cleanup
    cord
    fixed_array
    flat_hash_map
    flat_hash_set
    function_ref
    hash
    inlined_vector
    span
    stacktrace
    status
    statusor
    str_format
    strings
    symbolize
    synchronization
    time)

# pkg-config modules of the others, by the names that //third_party/system gives them.
set(WEFT_MODULES_libevent libevent_core libevent_pthreads)
set(WEFT_MODULES_zlib zlib)
set(WEFT_MODULES_openssl openssl)
set(WEFT_MODULES_cares libcares)
set(WEFT_MODULES_brotli libbrotlienc libbrotlidec libbrotlicommon)
set(WEFT_MODULES_zstd libzstd)
set(WEFT_MODULES_hiredis hiredis)

# Those with nothing to find for a user of libweft: headers on the compiler's own path, or sources
# that are compiled into libweft.
set(WEFT_NOTHING_TO_FIND json llhttp)

# weft_find_system(<name>...) finds libraries by those names. A macro: what find_package defines must
# reach the caller.
macro(weft_find_system)
  foreach(weft_library IN ITEMS ${ARGN})
    if(weft_library STREQUAL "absl")
      find_package(absl REQUIRED)
    elseif(weft_library MATCHES "^gtest")
      find_package(GTest REQUIRED)
    elseif(DEFINED WEFT_MODULES_${weft_library})
      find_package(PkgConfig REQUIRED)
      pkg_check_modules(weft_${weft_library} REQUIRED IMPORTED_TARGET ${WEFT_MODULES_${weft_library}})
    elseif(NOT weft_library IN_LIST WEFT_NOTHING_TO_FIND)
      message(FATAL_ERROR "weft: cmake/weft_system.cmake does not know the library '${weft_library}'")
    endif()
  endforeach()
endmacro()

# weft_system_targets(<variable> <name>...): the CMake targets of these libraries.
function(weft_system_targets variable)
  set(targets)
  foreach(library IN ITEMS ${ARGN})
    if(library STREQUAL "absl")
      list(TRANSFORM WEFT_ABSL PREPEND "absl::" OUTPUT_VARIABLE found)
    elseif(library STREQUAL "llhttp")
      set(found weft_llhttp)
    elseif(library STREQUAL "gtest_main")
      set(found GTest::gtest_main GTest::gmock)
    elseif(library STREQUAL "gtest")
      set(found GTest::gtest GTest::gmock)
    elseif(library IN_LIST WEFT_NOTHING_TO_FIND)
      set(found)
    else()
      set(found PkgConfig::weft_${library})
    endif()
    list(APPEND targets ${found})
  endforeach()
  set(${variable} ${targets} PARENT_SCOPE)
endfunction()

# weft_system_modules(<variable> <name>...): their pkg-config modules.
function(weft_system_modules variable)
  set(modules)
  foreach(library IN ITEMS ${ARGN})
    if(library STREQUAL "absl")
      list(TRANSFORM WEFT_ABSL PREPEND "absl_" OUTPUT_VARIABLE found)
    else()
      set(found ${WEFT_MODULES_${library}})
    endif()
    list(APPEND modules ${found})
  endforeach()
  set(${variable} ${modules} PARENT_SCOPE)
endfunction()

# How the targets of cmake/targets.cmake are built. All of them are called with
#   (<name> <package> HDRS ... SRCS ... DEPS ... SYSTEM ... COPTS ... DEFINES ... LINKOPTS ... ARGS ... ENV ...)
# where files are relative to the root, DEPS are such names, and SYSTEM are those of weft_system.cmake.

# "weft/loop/event_loop.h" is loop/event_loop.h: a link for each room leads there.
set(WEFT_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)

# The compiler does not tell that inspect/page.cc takes these in.
foreach(file IN ITEMS page/index.html page/page.js node_modules/uplot/dist/uPlot.iife.min.js
                      node_modules/uplot/dist/uPlot.min.css)
  if(EXISTS ${PROJECT_SOURCE_DIR}/inspect/${file})
    list(APPEND WEFT_PAGE_FILES ${PROJECT_SOURCE_DIR}/inspect/${file})
  endif()
endforeach()
set_source_files_properties(inspect/page.cc PROPERTIES OBJECT_DEPENDS "${WEFT_PAGE_FILES}")

set(WEFT_LIBRARIES "")  # object libraries that libweft consists of
set(WEFT_HEADERS "")    # headers that are installed

macro(weft_parse)
  cmake_parse_arguments(PARSE_ARGV 2 T "" ""
                        "HDRS;SRCS;DEPS;SYSTEM;COPTS;DEFINES;LINKOPTS;ARGS;ENV")
  if(T_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${name}: unexpected ${T_UNPARSED_ARGUMENTS}")
  endif()
  weft_link_headers(${package} ${T_HDRS})
endmacro()

function(weft_link_headers package)
  if(package STREQUAL ".")
    foreach(header IN ITEMS ${ARGN})
      file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${header} ${WEFT_INCLUDE_DIR}/weft/${header} SYMBOLIC)
    endforeach()
  else()
    string(REGEX REPLACE "/.*" "" room ${package})
    file(MAKE_DIRECTORY ${WEFT_INCLUDE_DIR}/weft)
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${room} ${WEFT_INCLUDE_DIR}/weft/${room} SYMBOLIC)
  endif()
endfunction()

# What is compiled by every target of ours; `scope` is PUBLIC for libraries, PRIVATE for programs.
function(weft_compile name scope)
  target_include_directories(${name} ${scope} $<BUILD_INTERFACE:${WEFT_INCLUDE_DIR}>)
  target_compile_definitions(${name} ${scope} WEFT_CLS=$<BOOL:${WEFT_CLS}>
                             WEFT_INSTRUMENT=$<BOOL:${WEFT_INSTRUMENT}> ${T_DEFINES})
  # inspect/page.cc has the assembler take files in by their paths from the root.
  target_compile_options(${name} PRIVATE ${WEFT_WARNINGS} ${T_COPTS} -Wa,-I${PROJECT_SOURCE_DIR})
  target_link_options(${name} ${scope} ${T_LINKOPTS})
endfunction()

# A library of a room: objects that go into libweft.
function(weft_library name package)
  weft_parse()
  weft_system_targets(system ${T_SYSTEM})
  if(T_SRCS)
    add_library(${name} OBJECT ${T_SRCS} ${T_HDRS})
    weft_compile(${name} PUBLIC)
    target_link_libraries(${name} PUBLIC ${T_DEPS} ${system})
    set(WEFT_LIBRARIES ${WEFT_LIBRARIES} ${name} PARENT_SCOPE)
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${T_DEPS} ${system})
  endif()
  set(WEFT_HEADERS ${WEFT_HEADERS} ${T_HDRS} PARENT_SCOPE)
endfunction()

# What tests and examples link: libweft whole, and their own helpers.
function(weft_link_helpers name scope)
  weft_system_targets(targets ${T_SYSTEM})
  foreach(dep IN LISTS T_DEPS)
    if(NOT dep MATCHES "^weft_")
      list(APPEND targets ${dep})
    endif()
  endforeach()
  target_link_libraries(${name} ${scope} ${targets} weft)
endfunction()

# A library outside of the rooms, for tests or examples.
function(weft_helper_library name package)
  if(NOT WEFT_TESTS)
    return()
  endif()
  weft_parse()
  if(T_SRCS)
    add_library(${name} STATIC ${T_SRCS} ${T_HDRS})
    weft_compile(${name} PUBLIC)
    weft_link_helpers(${name} PUBLIC)
  else()
    add_library(${name} INTERFACE)
    weft_link_helpers(${name} INTERFACE)
  endif()
endfunction()

function(weft_binary name package)
  if(NOT WEFT_TESTS)
    return()
  endif()
  weft_parse()
  add_executable(${name} ${T_SRCS})
  weft_compile(${name} PRIVATE)
  weft_link_helpers(${name} PRIVATE)
endfunction()

function(weft_test name package)
  if(NOT WEFT_TESTS)
    return()
  endif()
  weft_binary(${name} ${package} ${ARGN})
  weft_parse()
  weft_add_test(${name} ${name})
endfunction()

function(weft_script_test name package)
  if(NOT WEFT_TESTS)
    return()
  endif()
  weft_parse()
  weft_add_test(${name} ${PROJECT_SOURCE_DIR}/${T_SRCS})
endfunction()

# Tests run as under Bazel: in the root of the sources, with a folder of their own for scratch.
function(weft_add_test name command)
  set(scratch ${PROJECT_BINARY_DIR}/scratch/${name})
  file(MAKE_DIRECTORY ${scratch})
  add_test(NAME ${name} COMMAND ${command} ${T_ARGS} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(
    ${name} PROPERTIES
    TIMEOUT 300
    ENVIRONMENT
    "GTEST_OUTPUT=xml:${PROJECT_BINARY_DIR}/reports/${name}.xml;TEST_TMPDIR=${scratch};${T_ENV}")
endfunction()

# llhttp as //third_party/system has it: strict, because the loose parser takes a bare CR as the end of
# a line.
function(weft_add_llhttp)
  find_path(WEFT_LLHTTP_SOURCES llhttp.c PATH_SUFFIXES share/llhttp REQUIRED)
  find_path(WEFT_LLHTTP_HEADERS llhttp/llhttp.h PATH_SUFFIXES share/include REQUIRED)
  add_library(weft_llhttp STATIC EXCLUDE_FROM_ALL
              ${WEFT_LLHTTP_SOURCES}/api.c ${WEFT_LLHTTP_SOURCES}/http.c
              ${WEFT_LLHTTP_SOURCES}/llhttp.c)
  target_include_directories(weft_llhttp SYSTEM PUBLIC ${WEFT_LLHTTP_HEADERS}
                                                       ${WEFT_LLHTTP_HEADERS}/llhttp)
  target_compile_definitions(weft_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
  target_compile_options(weft_llhttp PRIVATE -w)
endfunction()

# libweft, of all that the rooms gave.
function(weft_finish)
  if(NOT WEFT_LIBRARIES)
    message(FATAL_ERROR "weft: cmake/targets.cmake has no library")
  endif()
  set(objects ${WEFT_LIBRARIES})
  if("llhttp" IN_LIST WEFT_SYSTEM_LIBRARIES)
    weft_add_llhttp()
    list(APPEND objects weft_llhttp)  # part of libweft: users need not have it
  elseif(WEFT_TESTS AND "llhttp" IN_LIST WEFT_TEST_SYSTEM_LIBRARIES)
    weft_add_llhttp()
  endif()
  set(system ${WEFT_SYSTEM_LIBRARIES})
  list(REMOVE_ITEM system llhttp)
  weft_find_system(${system})
  weft_system_targets(system_targets ${system})
  find_package(Threads REQUIRED)

  list(TRANSFORM objects REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
  add_library(weft STATIC ${objects})
  add_library(weft::weft ALIAS weft)
  target_include_directories(weft PUBLIC $<BUILD_INTERFACE:${WEFT_INCLUDE_DIR}>
                                         $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_definitions(weft PUBLIC WEFT_CLS=$<BOOL:${WEFT_CLS}>
                                         WEFT_INSTRUMENT=$<BOOL:${WEFT_INSTRUMENT}>)
  target_compile_features(weft PUBLIC cxx_std_20)
  target_link_libraries(weft PUBLIC ${system_targets} Threads::Threads)
endfunction()

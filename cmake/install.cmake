# What `cmake --install` puts down: libweft.a, the headers as weft/<room>/<name>.h, a package for
# find_package(weft), which gives weft::weft, and weft.pc for pkg-config.

include(CMakePackageConfigHelpers)
set(WEFT_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/weft)

install(TARGETS weft EXPORT weftTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT weftTargets NAMESPACE weft:: DESTINATION ${WEFT_PACKAGE_DIR})

foreach(header IN LISTS WEFT_HEADERS)
  cmake_path(GET header PARENT_PATH folder)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weft/${folder})
endforeach()

configure_package_config_file(cmake/weftConfig.cmake.in ${PROJECT_BINARY_DIR}/weftConfig.cmake
                              INSTALL_DESTINATION ${WEFT_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/weftConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/weftConfig.cmake ${PROJECT_BINARY_DIR}/weftConfigVersion.cmake
              cmake/weft_system.cmake
        DESTINATION ${WEFT_PACKAGE_DIR})

weft_system_modules(WEFT_REQUIRES ${WEFT_SYSTEM_LIBRARIES})
list(JOIN WEFT_REQUIRES " " WEFT_REQUIRES)
set(WEFT_CLS_VALUE $<BOOL:${WEFT_CLS}>)
set(WEFT_INSTRUMENT_VALUE $<BOOL:${WEFT_INSTRUMENT}>)
set(package_config ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}/${package_config}
           OUTPUT_VARIABLE WEFT_PREFIX_FROM_PC)
configure_file(cmake/weft.pc.in weft.pc.in @ONLY)
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/weft.pc INPUT ${PROJECT_BINARY_DIR}/weft.pc.in)
install(FILES ${PROJECT_BINARY_DIR}/weft.pc DESTINATION ${package_config})

# `cmake --install` and `cpack`: library, headers, CMake package, program, configurations, licence. The tree can be moved;
# the one place it points to is the LibTorch that it was built with.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/vib")
set(torch_lib_dir "${TORCH_INSTALL_PREFIX}/lib")

# Two files of targets, of which vibConfig.cmake reads one. Both have the headers' target.
foreach(kind shared static)
  set_target_properties(vib_${kind} PROPERTIES EXPORT_NAME ${kind})
  install(
    TARGETS vib_${kind} vib_headers
    EXPORT vib_${kind}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    FILE_SET HEADERS
    FILE_SET generated)
endforeach()
set_target_properties(vib_headers PROPERTIES EXPORT_NAME headers)
set_target_properties(vib_shared PROPERTIES INSTALL_RPATH "${torch_lib_dir}")
install(EXPORT vib_shared FILE vibShared.cmake NAMESPACE vib:: DESTINATION "${package_dir}")
install(EXPORT vib_static FILE vibStatic.cmake NAMESPACE vib:: DESTINATION "${package_dir}")

configure_file(cmake/vibConfig.cmake.in vibConfig.cmake @ONLY)
write_basic_package_version_file(vibConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/vibConfig.cmake" "${PROJECT_BINARY_DIR}/vibConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/LibTorch.cmake" DESTINATION "${package_dir}")

if(VIB_BUILD_APPS)
  set_target_properties(vib_program PROPERTIES INSTALL_RPATH "${torch_lib_dir}")
  install(TARGETS vib_program RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
install(DIRECTORY configs/ DESTINATION "${CMAKE_INSTALL_DATADIR}/vib/configs")
install(FILES LICENSE README.md CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# --- Archives ---------------------------------------------------------------------------------------------------------

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_CONTACT "the authors of vib")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# What the binaries load, by Debian's own tool where it is there; LibTorch is not among it.
find_program(VIB_SHLIBDEPS dpkg-shlibdeps)
mark_as_advanced(VIB_SHLIBDEPS)
if(VIB_SHLIBDEPS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${torch_lib_dir}")
endif()
include(CPack)

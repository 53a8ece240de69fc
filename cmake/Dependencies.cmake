# Finds what the project stands on. Whatever is missing ends the configuration with one line that says what to install.

set(VIB_TORCH_OLDEST 2.11)
set(VIB_TORCH_NEWEST 2.13)

# Whoever embeds this project with add_subdirectory links what is found here, too.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)

# A message that begins with a space keeps its one line: CMake does not wrap it.
#
# vib_require(<package> <what to install> [arguments of find_package...])
macro(vib_require package remedy)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR " ${package} was not found: ${remedy}")
  endif()
endmacro()

# --- LibTorch ---------------------------------------------------------------------------------------------------------

if(PROJECT_IS_TOP_LEVEL)
  # The pip wheel that `make quickstart` puts there; Torch_DIR and CMAKE_PREFIX_PATH, also from the environment, win.
  set(VIB_VENV .venv CACHE STRING "The virtual environment that LibTorch is looked for in")
  file(GLOB venv_torch "${PROJECT_SOURCE_DIR}/${VIB_VENV}/lib/python3*/site-packages/torch")
endif()

# A CUDA build of LibTorch looks for the toolkit beside `nvcc`, which may be a wrapper elsewhere: nvcc itself knows.
find_program(VIB_NVCC nvcc)
mark_as_advanced(VIB_NVCC)
if(VIB_NVCC AND NOT CUDA_TOOLKIT_ROOT_DIR)
  file(WRITE "${PROJECT_BINARY_DIR}/empty.cu" "")
  execute_process(COMMAND "${VIB_NVCC}" --dryrun "${PROJECT_BINARY_DIR}/empty.cu" ERROR_VARIABLE nvcc_says)
  if(nvcc_says MATCHES "TOP=([^\n]+)")
    get_filename_component(toolkit "${CMAKE_MATCH_1}" REALPATH)
    set(CUDA_TOOLKIT_ROOT_DIR "${toolkit}" CACHE PATH "Where CUDA's compiler says that its toolkit is")
  endif()
endif()

set(vib_torch_hints ${venv_torch})
include(LibTorch)
if(NOT Torch_FOUND)
  message(
    FATAL_ERROR
      " Torch was not found: `make setup` installs the pip wheel torch==2.13.0+cpu into .venv; one you have is found by \
passing -DCMAKE_PREFIX_PATH=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)')")
endif()
if(vib_torch_minor VERSION_LESS VIB_TORCH_OLDEST OR vib_torch_minor VERSION_GREATER VIB_TORCH_NEWEST)
  message(FATAL_ERROR " LibTorch ${Torch_VERSION} was found in ${Torch_DIR}, "
                      "but this project needs ${VIB_TORCH_OLDEST} to ${VIB_TORCH_NEWEST}")
endif()

# --- fmt: LibTorch's own headers where it ships them (they would shadow the system's), else the system's --------------

# The headers alone would compile all of fmt into each source: core/fmt.cpp does that once. An object library, since what
# links vib links fmt too, and an archive would have to be installed with it.
list(GET TORCH_INCLUDE_DIRS 0 torch_include)
if(EXISTS "${torch_include}/fmt/format.h")
  add_library(vib_fmt OBJECT "${PROJECT_SOURCE_DIR}/vib/core/fmt.cpp")
  target_compile_features(vib_fmt PUBLIC cxx_std_20)
  set_target_properties(vib_fmt PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden
                                           VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(vib_fmt SYSTEM PUBLIC "${torch_include}")
  set(VIB_FMT_ORIGIN "LibTorch's own")
else()
  vib_require(fmt "install fmt 12 or newer (https://github.com/fmtlib/fmt)" 12 CONFIG)
  add_library(vib_fmt INTERFACE)
  target_link_libraries(vib_fmt INTERFACE fmt::fmt)
  set(VIB_FMT_ORIGIN "${fmt_VERSION}")
endif()

# --- The rest ---------------------------------------------------------------------------------------------------------

# OpenMP comes with the compiler; without it one kernel has one thread. Its runtime is LibTorch's own where that ships
# one.
find_package(OpenMP QUIET COMPONENTS CXX)
if(NOT OpenMP_CXX_FOUND)
  set(OpenMP_CXX_FLAGS "") # which is NOTFOUND
endif()
set(VIB_OPENMP_RUNTIME ${vib_openmp_runtime})
if(NOT VIB_OPENMP_RUNTIME)
  set(VIB_OPENMP_RUNTIME ${OpenMP_CXX_LIBRARIES})
endif()
vib_require(yaml-cpp "apt-get install libyaml-cpp-dev" CONFIG)
if(NOT TARGET yaml-cpp::yaml-cpp) # its name before 0.8
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
vib_require(ZLIB "apt-get install zlib1g-dev")
vib_require(LibArchive "apt-get install libarchive-dev")
vib_require(CURL "apt-get install libcurl4-openssl-dev" 7.85)
vib_require(OpenSSL "apt-get install libssl-dev" 1.1.1 COMPONENTS Crypto)
vib_require(PNG "apt-get install libpng-dev" 1.6)
vib_require(JPEG "apt-get install libjpeg-dev")
vib_require(nlohmann_json "apt-get install nlohmann-json3-dev" CONFIG)

if(VIB_BUILD_APPS)
  vib_require(CLI11 "apt-get install libcli11-dev" CONFIG)
endif()

if(VIB_BUILD_TESTS)
  vib_require(GTest "apt-get install libgtest-dev libgmock-dev" CONFIG)
  if(NOT TARGET GTest::gmock_main)
    message(FATAL_ERROR " GoogleMock was not found beside GoogleTest: apt-get install libgmock-dev")
  endif()
endif()

# What the messages of a binary, which name their source, need not tell of this machine.
set(VIB_PREFIX_MAP "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=" "-ffile-prefix-map=${TORCH_INSTALL_PREFIX}/=")

# Finds what the project stands on. Whatever is missing ends the configuration with one line that says what to install.

set(VIB_TORCH_OLDEST 2.11)
set(VIB_TORCH_NEWEST 2.13)

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

# TorchConfig looks for the profiler's static library, which no wheel ships, only to put it into TORCH_LIBRARIES, which
# nothing here links, and warns. Answering for it keeps the warning away.
set(kineto_LIBRARY c10)
vib_require(
  Torch "`make setup` installs the pip wheel torch==2.13.0+cpu into .venv; one you have is found by passing \
-DCMAKE_PREFIX_PATH=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)')" HINTS ${venv_torch})
unset(kineto_LIBRARY)

string(REGEX MATCH "^[0-9]+\\.[0-9]+" torch_minor "${Torch_VERSION}")
if(torch_minor VERSION_LESS VIB_TORCH_OLDEST OR torch_minor VERSION_GREATER VIB_TORCH_NEWEST)
  message(FATAL_ERROR " LibTorch ${Torch_VERSION} was found in ${Torch_DIR}, "
                      "but this project needs ${VIB_TORCH_OLDEST} to ${VIB_TORCH_NEWEST}")
endif()

# LibTorch guesses MKL's folders and would leave entries such as /lib/intel64 in the RUNPATH of every binary.
if(TARGET caffe2::mkl)
  set_property(TARGET caffe2::mkl PROPERTY INTERFACE_LINK_DIRECTORIES "")
endif()

# --- fmt: LibTorch's own headers where it ships them (they would shadow the system's), else the system's --------------

add_library(vib_fmt INTERFACE)
list(GET TORCH_INCLUDE_DIRS 0 torch_include)
if(EXISTS "${torch_include}/fmt/format.h")
  target_compile_definitions(vib_fmt INTERFACE FMT_HEADER_ONLY)
  target_link_libraries(vib_fmt INTERFACE torch)
  set(VIB_FMT_ORIGIN "LibTorch's own")
else()
  vib_require(fmt "install fmt 12 or newer (https://github.com/fmtlib/fmt)" 12 CONFIG)
  target_link_libraries(vib_fmt INTERFACE fmt::fmt-header-only)
  set(VIB_FMT_ORIGIN "${fmt_VERSION}")
endif()

# --- The rest ---------------------------------------------------------------------------------------------------------

# OpenMP comes with the compiler; without it one kernel has one thread. Its runtime is LibTorch's own where that ships
# one: two of them in a program would have two pools of threads.
find_package(OpenMP QUIET COMPONENTS CXX)
file(GLOB VIB_OPENMP_RUNTIME "${TORCH_INSTALL_PREFIX}/lib/libgomp*.so*")
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

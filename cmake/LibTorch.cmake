# Finds LibTorch, as this project and, installed beside vibConfig.cmake, whoever links it needs it. After it:
#
#   Torch_FOUND, Torch_VERSION, Torch_DIR   as find_package(Torch) leaves them
#   vib_torch_minor                         such as 2.13
#   vib_openmp_runtime                      the OpenMP runtime that LibTorch ships: two of them in a program would have
#                                           two pools of threads; empty where it ships none
#
# vib_torch_hints says where to look besides CMAKE_PREFIX_PATH.

# TorchConfig looks for the profiler's static library, which no wheel ships, only to put it into TORCH_LIBRARIES, which
# nothing here links, and warns. Answering for it keeps the warning away.
set(kineto_LIBRARY c10)
find_package(Torch QUIET HINTS ${vib_torch_hints})
unset(kineto_LIBRARY)

if(Torch_FOUND)
  string(REGEX MATCH "^[0-9]+\\.[0-9]+" vib_torch_minor "${Torch_VERSION}")
  file(GLOB vib_openmp_runtime "${TORCH_INSTALL_PREFIX}/lib/libgomp*.so*")
  # LibTorch guesses MKL's folders and would leave entries such as /lib/intel64 in the RUNPATH of every binary.
  if(TARGET caffe2::mkl)
    set_property(TARGET caffe2::mkl PROPERTY INTERFACE_LINK_DIRECTORIES "")
  endif()
endif()

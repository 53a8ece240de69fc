# cmake -DVIB=PROGRAM -DRUN=FOLDER -P make_run.cmake: a run of a few seconds on the built-in digits.
get_filename_component(source "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
file(REMOVE_RECURSE "${RUN}")
execute_process(
  COMMAND "${VIB}" train "${source}/configs/quickstart.yaml" threads=1 data.train=12000 data.test=1000 data.validation=1000
          train.epochs=8 --quiet --out "${RUN}" COMMAND_ERROR_IS_FATAL ANY)

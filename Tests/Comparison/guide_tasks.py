"""The table of the guide's tasks, in its order. Each leaves a model that trains, and no dialog."""
import guide_acts as act
import guide_commands as command
import guide_looking as look

TASKS = [
    look.look_at_each_screen, look.evidence_and_acts_of_an_alarm, look.zoom_charts,
    look.read_a_value_off_a_chart, look.compare_two_checkpoints, look.search_the_journal,
    look.evidence_of_drift, look.what_became_of_the_records, look.copy_a_drill,
    look.copy_a_checkpoint, look.use_the_mouse, look.freeze, look.palette,
    look.help_lists_every_key, look.filter_rows, look.look_with_a_theme, look.only_look,
    look.several_operators, look.another_host, look.fleet, look.plain_lines,
    act.acknowledge, act.incident_and_note, act.silence, act.stop, act.resume, act.stop_all,
    act.stop_over_the_socket, act.stop_by_file_and_signal, act.hold, act.fall_back,
    act.follow_a_playbook, act.own_playbook, act.launch, act.promote, act.roll_back, act.purge_and_undo,
    act.rehearse, act.ride_through, act.two_people, look.practise_a_drill,
    act.go_back_to_an_earlier_build, act.exit_statuses, command.code_blocks, command.sentences,
    act.leave, act.leave_an_engine_of_ones_own,
]

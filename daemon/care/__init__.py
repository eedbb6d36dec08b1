"""List care: NCOALink and CASS jobs go out to engines, answers come back and are applied, clocks are watched."""
